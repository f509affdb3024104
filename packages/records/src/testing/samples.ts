import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type BenchRecord, encodeMap, FORMAT, type ImageRow, type RecordHeader, recordId } from '../index.ts'
import { rowColumns } from '../store/rows.ts'

/** A folder that is removed after the test. */
export function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'vitrine-records-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

export function header(images: number, method = 'agcam'): RecordHeader {
  return {
    variant: null,
    model: { id: 'icon-vit', name: 'Icon ViT', hash: 'm1', classes: 40 },
    dataset: { id: 'icon-scenes', name: 'Icon scenes', hash: 'd1', images, seed: 7, licences: ['CC-BY-4.0'] },
    method: {
      id: method,
      name: method.toUpperCase(),
      family: 'gradient',
      options: { headFusion: 'sum', layerFusion: 'sum' },
      version: 1,
      code: null,
      classSpecific: true,
      control: false,
    },
    backend: { id: 'onnx', engine: 'cpu', version: '1.30.0', threads: 2, batch: 8 },
    protocol: { id: 'paper', choices: { strict: true, resize: { kind: 'bilinear', alignCorners: false } } },
    versions: { pipeline: 1, localization: 1, texture: 1 },
    thresholds: [0.1, 0.5, 0.9],
    seed: 1,
    relativeFlops: 1.0456789,
    provenance: { program: 'h1' },
    environment: {
      node: 'v24.0.0',
      os: 'linux',
      arch: 'x64',
      cpu: 'a cpu',
      cores: 2,
      memory: 2 ** 33,
      versions: { vitrine: '0.1.0' },
    },
  }
}

/** The row of image `index`, the same in every process. */
export function row(unit: string, index: number): ImageRow {
  return {
    unit,
    index,
    id: `scene-${index}`,
    label: index % 40,
    predicted: (index * 7) % 40,
    probability: 1 / (index + 1.5),
    values: {
      'localization.predicted.tp': [index, index + 1, index + 2],
      'texture.label.energy': index % 5 === 0 ? null : index / 7,
      'localization.label.curve': [1, 1 / 3, Math.sin(index) ** 2],
      'map.predicted': index < 2 ? encodeMap([index, 0.25, 0.5, 1 / 3], 2, 2) : null,
    },
  }
}

export function rows(unit: string, from: number, to: number): ImageRow[] {
  return Array.from({ length: to - from }, (_, i) => row(unit, from + i))
}

/** A finished record of two images. */
export function record(): BenchRecord {
  const { environment, ...identity } = header(2)
  const columns = rowColumns()
  for (const { index, id, values, ...image } of rows('', 0, 2)) {
    columns.add({ position: index, image: id, ...image, cells: values })
  }
  const status = { status: 'ok' as const, reason: null }
  const rest = { ...status, ...identity, timing: null, environment, ...columns.done() }
  return { format: FORMAT, id: recordId(identity), previously: [], ...rest }
}
