import type { Precision } from '@vitrine/backends/core'
import type { Against } from '@vitrine/explainers'
import type { ColumnGroup, EngineFacts, MethodFacts, Position } from '@vitrine/measure'
import type { ModuleSource } from '@vitrine/measure/node'
import type { Protocol } from '@vitrine/metrics'
import type { ImageRow, JsonObject, RecordHeader } from '@vitrine/records'
import type { Machine } from './environment.ts'

// What a coordinator and its workers say to each other: plain data that names nothing on one machine.

/** A model by the spec under which any machine opens it, and the hash of its weights. */
export interface ModelRef {
  readonly spec: string
  readonly hash: string
}

/** A dataset by its id and the hash of its labels and files. Each machine knows where it has it. */
export interface DatasetRef {
  readonly id: string
  readonly hash: string
  readonly seed: number
}

/** A method by its id, options and version, or by the hash of its source where it declares none. */
export interface MethodRef {
  readonly id: string
  readonly options: JsonObject
  readonly version: number | null
  readonly code: string | null
  /** The source of a method that is not bundled. */
  readonly source?: ModuleSource | undefined
}

/** What measures and opens besides the bundled metrics and kinds of datasets. */
export interface PluginRefs {
  /** The source of each metric, and what its values are known by: the version that it declares, or the hash of its source. */
  readonly metrics: readonly { readonly version: number | string; readonly source: ModuleSource }[]
  /** The source of each kind of dataset. */
  readonly readers: readonly ModuleSource[]
}

/** What one machine has, and where. */
export interface LocalPlaces {
  /** Specs of datasets as `openDataset` takes them, by their ids. */
  readonly datasets: Readonly<Record<string, string>>
  /** Files of plugins, by the hash of their source. */
  readonly modules: Readonly<Record<string, string>>
}

/** What a worker is opened for: one model on one engine. */
export interface WorkerSetup {
  readonly model: ModelRef
  /** As `openBackend` takes it. */
  readonly engine: string
  readonly threads: number
  /** Float32 without it. */
  readonly precision?: Precision | undefined
  /** What each explained class is put against; nothing if absent. */
  readonly against?: Against | undefined
  /** Images per run of the model. */
  readonly batch: number
  readonly places: LocalPlaces
  /** None if absent. */
  readonly plugins?: PluginRefs | undefined
}

/** A record that rows are made for. */
export interface TaskUnit {
  readonly id: string
  readonly method: MethodRef
  readonly protocol: Protocol
  readonly versions: RecordHeader['versions']
}

/** Some images of one dataset, to be measured for some records. */
export interface Task {
  readonly dataset: DatasetRef
  readonly units: readonly TaskUnit[]
  /** All images of the batch: a row's numbers depend on its place in the batch. */
  readonly positions: readonly Position[]
  /** Positions in the slice of the images whose rows are wanted. */
  readonly wanted: readonly number[]
  readonly thresholds: readonly number[]
  readonly seed: number
  /** The groups of columns to make. */
  readonly groups: readonly ColumnGroup[]
}

/** What is known of a worker once it is opened. */
export interface WorkerFacts {
  readonly engine: EngineFacts
  /** Why nothing can be run: the engine cannot be had, and how to get it. */
  readonly unavailable: string | undefined
  /** The machine that times methods, where that is another one. */
  readonly machine?: Machine | undefined
}

/** Milliseconds of one round: of the plain forward pass, and by method key. */
export interface RoundTimes {
  readonly forward: number
  readonly methods: Readonly<Record<string, number>>
}

/** What a worker can be asked to do. */
export interface WorkerFunctions {
  open(setup: WorkerSetup): Promise<WorkerFacts>
  /** What methods are on the model: builds their programs, runs nothing. */
  describe(methods: readonly MethodRef[]): Promise<MethodFacts[]>
  /** Measures a task; the rows of each image are sent as they are made. */
  measure(task: Task): Promise<void>
  /** Ends `measure` after the image that is being measured. */
  stop(): Promise<void>
  /** Prepares the timing of methods. */
  startTiming(methods: readonly MethodRef[]): Promise<void>
  /** Times the forward pass and every method once; a long method in the first round only. */
  timeRound(round: number): Promise<RoundTimes>
  /** Frees what timing prepared. */
  endTiming(): Promise<void>
  close(): Promise<void>
}

/** What a worker tells while it works. */
export interface WorkerEvents {
  /** All rows of one image. */
  rows(rows: readonly ImageRow[]): void
  /** So many more forward passes were run. */
  passes(count: number): void
}

/** A worker that runs somewhere. Every call may throw a `WorkerLostError`. */
export interface WorkerLink extends Omit<WorkerFunctions, 'open'> {
  readonly facts: WorkerFacts
  /** Whether it is gone. */
  readonly lost: boolean
  /** Ends it at once, whatever it does. */
  kill(reason: string): void
}

/** A way to have workers: processes of this machine, or of others. */
export interface Transport {
  /** How many tasks may be under way at once. Where it is left out, workers share the threads of this machine. */
  readonly tasks?: number
  /** Gives up waiting for workers: `start` fails. */
  giveUp?(): void
  /**
   * Starts a worker.
   *
   * @throws {WorkerLostError} where it ends before it is opened
   */
  start(setup: WorkerSetup, events: WorkerEvents): Promise<WorkerLink>
}

/** A worker ended before its work did. */
export class WorkerLostError extends Error {
  override readonly name = 'WorkerLostError'
  /** Whether it was ended because it gave no sign of life: it would be no better the next time. */
  readonly silent: boolean

  constructor(message: string | undefined, { silent = false }: { readonly silent?: boolean } = {}) {
    super(message)
    this.silent = silent
  }
}

/** A worker refuses a task: it has another version, other data or other weights. */
export class TaskRefusedError extends Error {
  override readonly name = 'TaskRefusedError'
}
