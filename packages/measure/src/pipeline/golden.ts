import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openBackend } from '@vitrine/backends/node'
import { openDataset, type Sample } from '@vitrine/datasets'
import { explainers, resolveOptions } from '@vitrine/explainers'
import { type Protocol, protocols } from '@vitrine/metrics'
import { type Model, openModel } from '@vitrine/models'
import { writeInput } from '../model-input.ts'
import { openModelRun } from '../model-run.ts'
import { walkOf } from '../paths.ts'
import { measureRows, type RowUnit } from '../rows.ts'
import { objectMask, truthOf } from '../truth.ts'
import { version } from './version.ts'

/** Two scenes and a photograph: what a model is fed of them, and what its maps are held against. */
const SOURCES = [
  { dataset: 'icon-scenes-pairs', images: 2 },
  {
    dataset: `ilsvrc:${fileURLToPath(new URL('../fixtures/ilsvrc-mini', import.meta.resolve('@vitrine/datasets')))}`,
    images: 1,
  },
] as const

/** Maps and probabilities of an engine, which round differently on each processor, may be so far from the golden ones. */
export const TOLERANCE = 1e-4

/** `golden/pipeline.json`. */
export interface PipelineGolden {
  readonly version: number
  /** Equal to the last bit: names to digests and plain values. */
  readonly exact: Readonly<Record<string, unknown>>
  /** Within `TOLERANCE` of the greatest of the list. */
  readonly near: Readonly<Record<string, readonly number[]>>
}

export const goldenFile = new URL('../../golden/pipeline.json', import.meta.url)

export const readGolden = (): PipelineGolden | null =>
  existsSync(goldenFile) ? JSON.parse(readFileSync(goldenFile, 'utf8')) : null

const digest = (data: Float32Array | Uint8Array): string =>
  createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex')
    .slice(0, 16)

/** What the pipeline makes of the golden images. */
export async function pipelineValues(): Promise<PipelineGolden> {
  const model = await openModel('icon-vit')
  const exact: Record<string, unknown> = {}
  const near: Record<string, number[]> = {}
  for (const { dataset: spec, images } of SOURCES) {
    const dataset = await openDataset(spec)
    for (let i = 0; i < images; i++) Object.assign(exact, fed(model, await dataset.sample(i)))
  }
  const backend = await openBackend('onnx:cpu', { threads: 1 })
  const run = openModelRun(backend, model, 2)
  const units = ['agcam', 'attention-rollout'].flatMap(id =>
    [protocols.paper, protocols.standard].map(protocol => unitOf(id, protocol)),
  )
  const positions = [0, 1].map(index => ({ index, at: index }))
  const options = { thresholds: [0.5], seed: 0, groups: new Set(['frozen', 'discrimination'] as const) }
  for await (const rows of measureRows(run, await openDataset('icon-scenes-pairs'), units, positions, options))
    for (const { unit, id, label, predicted, probability, values, maps = {} } of rows) {
      const plain = ['correct', 'distractors', 'explanations', 'frozen.predicted.occluder']
      exact[`${id} ${unit}`] = [label, predicted, ...plain.map(name => values[name] ?? null)]
      near[`${id} ${unit} probability`] = [probability]
      for (const [name, map] of Object.entries(maps)) near[`${id} ${unit} map.${name}`] = [...map].map(sixDigits)
    }
  await run.dispose()
  await backend.dispose()
  return { version, exact, near }
}

function unitOf(id: string, protocol: Protocol): RowUnit {
  const explainer = explainers.find(e => e.id === id)
  if (!explainer) throw new Error(`[vitrine] [measure] golden: no method ${id}`)
  const method = { key: id, explainer, options: resolveOptions(id, explainer.options) }
  return { id: `${id} ${protocol.id}`, method, protocol }
}

/** The input that a sample becomes, and what is annotated about its class, to the last bit. */
function fed(model: Model, sample: Sample): Record<string, unknown> {
  const input = writeInput(model, sample.image)
  const found: Record<string, unknown> = {
    [`${sample.id} input`]: digest(input),
    [`${sample.id} objects`]: digest(Uint8Array.from(objectMask(sample, sample.label).mask)),
  }
  for (const protocol of [protocols.paper, protocols.standard]) {
    const { width, height, boxes, mask } = truthOf(sample, protocol.localization.objects, sample.label)
    found[`${sample.id} truth ${protocol.id}`] = [width, height, boxes, mask ? digest(mask) : null]
  }
  const image = { ...model.transformer.input.imageSize, values: input }
  const { object, distractor, seed } = walkOf(protocols.standard, sample, sample.label, image, 0)
  found[`${sample.id} path`] = [digest(object), distractor, seed]
  return found
}

const sixDigits = (value: number): number => Number(value.toPrecision(6))

/** Writes the golden values of a new version. Those of a version that was written before are never replaced. */
export function writeGolden(found: PipelineGolden): void {
  writeFileSync(goldenFile, `${JSON.stringify(found, null, 1)}\n`)
}

/** What differs from the golden values, and what to do; empty where nothing does. */
export function goldenProblems(golden: PipelineGolden | null, found: PipelineGolden): string[] {
  const where = 'packages/measure/src/pipeline/version.ts'
  if (golden === null) return ['the pipeline has no golden values: run npx -y pnpm@12 golden']
  if (golden.version !== found.version)
    return [
      golden.version < found.version
        ? `the version of pipeline is ${found.version} and its golden values are those of ${golden.version}: run npx -y pnpm@12 golden`
        : `the version of pipeline is ${found.version} and was ${golden.version}: a version is never lowered, see ${where}`,
    ]
  const names = new Set([...Object.keys(golden.exact), ...Object.keys(found.exact)])
  const exact = [...names].filter(name => JSON.stringify(golden.exact[name]) !== JSON.stringify(found.exact[name]))
  const lists = new Set([...Object.keys(golden.near), ...Object.keys(found.near)])
  const far = [...lists].filter(name => !isNear(golden.near[name] ?? [], found.near[name] ?? []))
  const changed = [...exact, ...far]
  if (changed.length === 0) return []
  const some = changed.slice(0, 4).join('; ')
  return [
    `pipeline changed in ${changed.length} of ${names.size + lists.size} values (${some}): raise the version in ${where} and run npx -y pnpm@12 golden, or restore the code`,
  ]
}

function isNear(golden: readonly number[], found: readonly number[]): boolean {
  const greatest = golden.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return (
    golden.length === found.length &&
    golden.every((value, i) => Math.abs(value - (found[i] ?? Number.NaN)) <= TOLERANCE * greatest)
  )
}
