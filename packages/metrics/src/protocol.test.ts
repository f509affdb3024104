import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pixelGroups } from './coherence/pixel-groups.ts'
import { targetsOfGroup } from './columns.ts'
import { regionsOf } from './effects/regions.ts'
import { MetricError } from './errors.ts'
import { perturbationMasks, rankMap } from './faithfulness/perturbation.ts'
import { isTooDear } from './frozen/follow-paths.ts'
import { cases } from './golden/cases.ts'
import { metricGroups } from './groups.ts'
import { insertionMasks } from './insertion/game.ts'
import { localize } from './localization/localize.ts'
import { objectsThatCount } from './localization/truth.ts'
import { imageTruth } from './map/image-truth.ts'
import { measureMap } from './map/measure-map.ts'
import { type MetricId, metrics } from './metrics.ts'
import { sharedSteps } from './paths/paths.ts'
import { removalMasks } from './paths/removal.ts'
import type { Protocol, Removal } from './protocol.ts'
import { protocols } from './protocols.ts'
import { staysAlike } from './randomisation/stays-alike.ts'
import { removerOf, takesPatches } from './removal/remove.ts'
import { neighbours } from './robustness/neighbours.ts'
import { imageValues } from './statistics/image-values.ts'
import { fractions, irregular } from './testing/numbers.ts'
import type { Target } from './types.ts'

/** Names: they say which protocol it is and choose nothing. */
const names = ['id', 'title']

/** Another value for each field of a protocol, by its path; a field that is missing here fails the test. */
const others: Readonly<Record<string, unknown>> = {
  'localization.targets': ['label'],
  'localization.images': 'other',
  'localization.grid.kind': 'other',
  'localization.grid.width': 200,
  'localization.grid.height': 180,
  'localization.thresholds': [0.15, 0.5],
  'localization.prediction.kind': 'other',
  'localization.prediction.fill': 'other',
  'localization.truth.kind': 'other',
  'localization.truth.fill': 'other',
  'localization.objects': 'other',
  'localization.division.kind': 'other',
  'localization.division.value': 0.01,
  'localization.division.zeroOverZero': 1,
  'localization.area': 'other',
  'faithfulness.targets': ['predicted'],
  'faithfulness.images': 'other',
  'faithfulness.steps': [0, 0.1, 0.4, 1],
  'faithfulness.ranking': 'other',
  'faithfulness.ties.kind': 'other',
  'faithfulness.area': 'other',
  'diagnostics.targets': ['label'],
  'diagnostics.images': 'other',
  'diagnostics.massHeld': 0.5,
  'diagnostics.paths': [{ kind: 'blur', steps: [3] }],
  'diagnostics.pathBudget': 3,
  'diagnostics.fall': 0.1,
  'diagnostics.similar': 0.3,
  'insertion.targets': ['label'],
  'insertion.images': 'other',
  'insertion.steps': 3,
  'insertion.start.kind': 'other',
  'insertion.start.size': 3,
  'insertion.start.sigma': 1,
  'insertion.end.kind': 'other',
  'effects.targets': ['label'],
  'effects.images': 'other',
  'effects.grid': 3,
  'effects.shares': [0.2, 0.5],
  'effects.fidelity': 0.4,
  'effects.draws': 5,
  'coherence.targets': ['label'],
  'coherence.images': 'other',
  'coherence.groups': 4,
  'completeness.targets': ['label'],
  'completeness.images': 'other',
  'mosaic.images': 'other',
  'mosaic.budget': 3,
  'robustness.images': 'other',
  'robustness.radius': 0.1,
  'robustness.draws': 3,
  'robustness.budget': 3,
  'randomisation.images': 'other',
  'randomisation.alike': 0.3,
  'randomisation.budget': 3,
  'softMask.targets': ['label'],
  'softMask.images': 'other',
}

/** What `other` is, given the value that it replaces. */
const opposite: Readonly<Record<string, unknown>> = {
  all: 'correct-prediction',
  'correct-prediction': 'all',
  inclusive: 'half-open',
  'half-open': 'inclusive',
  label: 'explained-else-label',
  'explained-else-label': 'label',
  mean: 'trapezoid',
  trapezoid: 'mean',
  normalized: 'above-one',
  'above-one': 'normalized',
  introselect: 'index',
  seeded: 'index',
  boxes: 'mask-or-boxes',
  'mask-or-boxes': 'boxes',
  mask: 'component-boxes',
  'component-boxes': 'mask',
  exact: 'epsilon',
  epsilon: 'exact',
  fixed: 'annotation',
  annotation: 'fixed',
  zero: 'mean-colour',
  'kernel-blur': 'zero',
}

/** What a field of another kind needs beside its kind. */
const complete: Readonly<Record<string, object>> = {
  fixed: { width: 24, height: 18 },
  'component-boxes': { fill: 'inclusive' },
  exact: { zeroOverZero: 0 },
  epsilon: { value: 0.5 },
}

function fieldsOf(value: object, prefix = ''): string[] {
  return Object.entries(value).flatMap(([name, inner]) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? fieldsOf(inner, `${prefix}${name}.`)
      : [`${prefix}${name}`],
  )
}

function changed(protocol: Protocol, path: string): Protocol {
  const copy = structuredClone(protocol)
  const places = path.split('.')
  const last = places.pop() ?? ''
  const at = places.reduce<Record<string, unknown>>(
    (inner, name) => inner[name] as Record<string, unknown>,
    copy as never,
  )
  const before = at[last]
  at[last] = others[path] === 'other' ? opposite[String(before)] : others[path]
  assert.notDeepEqual(at[last], before, `${path} has no other value`)
  if (last === 'kind') Object.assign(at, complete[String(at[last])])
  return copy
}

const both: readonly Target[] = ['predicted', 'label']
const rowOf = (value: unknown) => [value, value, value]

/** A record's columns, read under a protocol that may ask for other steps and thresholds. */
function read(protocol: Protocol) {
  const { thresholds } = protocol.localization
  const counts = (seed: number) => thresholds.map((_, i) => irregular(i, seed))
  const curve = (seed: number) => fractions(protocol.faithfulness.steps.length, seed)
  const columns = Object.fromEntries(
    both.flatMap(target => [
      [`localization.${target}.state`, rowOf('ok')],
      [`localization.${target}.tp`, [thresholds.map(() => 0), counts(2), counts(3)]],
      [`localization.${target}.fp`, [thresholds.map(() => 0), counts(3), counts(4)]],
      [`localization.${target}.fn`, rowOf(counts(5))],
      [`localization.${target}.tn`, rowOf(counts(6))],
      [`faithfulness.${target}.state`, rowOf('ok')],
      [`faithfulness.${target}.morf`, rowOf(curve(7))],
      [`faithfulness.${target}.lerf`, rowOf(curve(8))],
      [`pointing.${target}.state`, rowOf('ok')],
      [`pointing.${target}.roc-auc`, rowOf(0.5)],
      [`insertion.${target}.state`, rowOf('ok')],
      [`insertion.${target}.deletion-area`, [0.1, 0.4, 0.5]],
      [`effects.${target}.state`, rowOf('ok')],
      [`effects.${target}.single-deletion`, [0.1, 0.4, 0.5]],
      [`coherence.${target}.state`, rowOf('ok')],
      [`coherence.${target}.saco`, [0.1, 0.4, 0.5]],
      [`completeness.${target}.state`, rowOf('ok')],
      [`completeness.${target}.completeness-gap`, [0.1, 0.4, 0.5]],
      [`mosaic.${target}.state`, rowOf('ok')],
      [`mosaic.${target}.grid-pointing`, [0.1, 0.4, 0.5]],
      [`robustness.${target}.state`, rowOf('ok')],
      [`robustness.${target}.max-sensitivity`, [0.1, 0.4, 0.5]],
      [`randomisation.${target}.state`, rowOf('ok')],
      [`randomisation.${target}.random-logit`, [0.1, 0.4, 0.5]],
      [`soft-mask.${target}.state`, rowOf('ok')],
      [`soft-mask.${target}.average-drop`, [0.1, 0.4, 0.5]],
      [`frozen.${target}.state`, rowOf('ok')],
      [`frozen.${target}.probability`, rowOf([0.9, 0.7, 0.2])],
      [`frozen.${target}.similarity`, rowOf([1, 0.96, 0.4])],
    ]),
  )
  const record = { columns: { ...columns, correct: [true, false, true] }, thresholds, protocol: { choices: protocol } }
  return (Object.keys(metrics) as MetricId[]).flatMap(metric =>
    both.map(target => imageValues(record, { metric, target })),
  )
}

/** What a function returns, or why it refuses. */
function answer<T>(of: () => T): T | string {
  try {
    return of()
  } catch (error) {
    if (error instanceof MetricError) return error.message
    throw error
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64')

/** Everything that the package computes under a protocol, as text. */
function outputs(protocol: Protocol): string {
  const rules = protocol.diagnostics
  const found = {
    read: read(protocol),
    targets: metricGroups.map(group => targetsOfGroup(protocol, group)),
    objects: objectsThatCount(protocol.localization.objects, [{ label: 1 }, { label: 2 }], { label: 1, explained: 2 }),
    alike: protocol.randomisation && staysAlike(protocol.randomisation, [0.2, 0.6]),
    tooDear: [
      rules?.pathBudget,
      protocol.mosaic?.budget,
      protocol.robustness?.budget,
      protocol.randomisation?.budget,
    ].map(budget => budget !== undefined && [1, 3.5, 5].map(passes => isTooDear(budget, passes))),
    images: cases.map(({ heatmap, truth, input }) => {
      const { masks } = perturbationMasks(protocol, rankMap(heatmap, input, 7))
      const object = new Uint8Array(input.width * input.height).fill(1)
      const ranked = rankMap(heatmap, input, 7)
      const removed = (removal: Removal | undefined) => {
        if (!removal || takesPatches(removal)) return removal
        const out = new Float32Array(input.values.length)
        removerOf(removal, { ...input, black: [-2, -1, -1], seed: 1 })(object, out)
        return out
      }
      const walk = { image: input, object, distractor: null, seed: 3 }
      return {
        counts: answer(() => localize(protocol, heatmap, truth)),
        masks,
        insertion: protocol.insertion && [
          ranked.state === 'ok' && answer(() => insertionMasks(ranked.pixels, protocol.insertion?.steps ?? 0)),
          removed(protocol.insertion.start),
          removed(protocol.insertion.end),
        ],
        regions: protocol.effects && regionsOf(protocol.effects, { width: 6, height: 5 }, 7),
        close: protocol.robustness && [...neighbours(protocol.robustness, input.values, 7)],
        groups: protocol.coherence && ranked.state === 'ok' && pixelGroups(protocol.coherence, ranked),
        removed: removed(protocol.faithfulness.removal),
        diagnostics: answer(() => rules && measureMap(rules, heatmap, imageTruth(protocol, truth, input))),
        paths: rules?.paths.map(path =>
          path.kind === 'removal' ? masks && removalMasks(protocol, path, masks.morf) : sharedSteps(path, walk),
        ),
      }
    }),
  }
  return JSON.stringify(found, (_, value) => (ArrayBuffer.isView(value) ? bytesOf(value) : value))
}

for (const protocol of Object.values(protocols)) {
  const before = outputs(protocol)
  test(`${protocol.id}: a copy makes the same numbers`, () => {
    assert.ok(outputs(structuredClone<Protocol>(protocol)) === before)
  })

  for (const path of fieldsOf(protocol).filter(field => !names.includes(field)))
    test(`${protocol.id}: another ${path} makes other numbers`, () => {
      assert.ok(
        Object.hasOwn(others, path),
        `${path} is a new field: say in this test what another value of it is, and read it`,
      )
      assert.ok(outputs(changed(protocol, path)) !== before, `${path} is read by nobody`)
    })
}
