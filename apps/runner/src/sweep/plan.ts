import type { Precision } from '@vitrine/backends/core'
import type { Dataset } from '@vitrine/datasets'
import type { MethodChoice } from '@vitrine/explainers/run'
import type { EngineFacts, PlanOptions } from '@vitrine/measure'
import type { Protocol } from '@vitrine/metrics'
import type { Pool } from './pool.ts'
import type { LocalPlaces, PluginRefs } from './task.ts'
import type { OpenUnit } from './units.ts'

/** What is measured of a model: everything but the model itself and the engine. */
export interface SweepPlan extends PlanOptions {
  readonly methods: readonly MethodChoice[]
  readonly protocols: readonly Protocol[]
  /** As `openBackend` takes them. */
  readonly engines: readonly string[]
  readonly threads: number
  /** What engines compute in; float32 without it. */
  readonly precision?: Precision | undefined
  /** How many workers may share the threads of an engine. */
  readonly processes: number
  /** Rounds of the timing; 0 for none. */
  readonly rounds: number
  readonly places: LocalPlaces
  /** The sources of metrics and kinds of datasets that are not bundled. */
  readonly plugins?: PluginRefs
}

export interface SweepResult {
  /** The records, in the order in which they were asked for. */
  readonly ids: readonly string[]
  /** Whether every engine could be had and everything that was measured was timed. */
  readonly complete: boolean
  /** Forward passes that measuring took, in images; those of the timing are not counted. */
  readonly passes: number
}

/** An engine with its workers, and the records that it makes. */
export interface EngineSweep {
  readonly pool: Pool
  readonly engine: string
  readonly units: readonly (readonly [Dataset, readonly OpenUnit[]])[]
}

/** An engine by the name under which it is asked for. */
export const nameOf = ({ id, engine }: Pick<EngineFacts, 'id' | 'engine'>): string => `${id}:${engine}`
