import type { Precision } from '@vitrine/backends/core'
import type { Size } from '@vitrine/models/architecture'
import type { KnownFact } from '@vitrine/models/checkpoint'

// What the page and its worker say to each other: plain data.

/** An 8-bit picture, `[row, column, channel]`. */
export interface Pixels extends Size {
  readonly data: Uint8Array
}

/** The files of a model: addresses below the site, or files of the visitor's own, which never leave the browser. */
export interface ModelFiles {
  readonly weights: string | File
  readonly config?: string | File
  readonly preprocessor?: string | File
  /** Files that hold the tensors of an exported graph. */
  readonly beside?: readonly File[]
  /** What the files do not say, as in brackets behind a file at the command line: `mean=imagenet, heads=6`. */
  readonly options?: string
}

/** `fastest`: WebGPU where the browser has one that is faster and right, else WebAssembly. */
export type EngineWish = 'fastest' | 'webgpu' | 'wasm'

/** What the page asks for. */
export type Asked =
  | { readonly kind: 'open'; readonly model: ModelFiles; readonly wish: EngineWish }
  | { readonly kind: 'look'; readonly picture: Pixels; readonly id: string }
  | {
      readonly kind: 'explain'
      /** Answers carry it; a later question ends an earlier one. */
      readonly question: number
      readonly targets: readonly number[]
      readonly methods: readonly string[]
      /** If absent, `double` for methods in which roundings of float32 grow, where the engine and the memory have room for it. */
      readonly precision?: 'single' | undefined
    }
  | {
      readonly kind: 'film'
      readonly question: number
      readonly target: number
      readonly method: string
    }

/** What a model was taken for. */
export interface OpenedModel {
  readonly name: string
  readonly hash: string
  readonly size: Size
  readonly mean: readonly number[]
  readonly classNames: readonly string[]
  readonly facts: readonly KnownFact[]
  readonly cautions: readonly string[]
  /** Multiplications and additions of one forward pass, in thousands of millions. */
  readonly gflop: number
  /** What runs its programs, and why, in a sentence. */
  readonly engine: string
}

/** A raw map. */
export interface MadeMap {
  readonly question: number
  readonly method: string
  readonly target: number
  readonly rows: number
  readonly columns: number
  readonly values: Float32Array
  /** Milliseconds of the run that made it, and how many methods shared that. */
  readonly milliseconds: number
  readonly together: number
  /** What it was computed by, such as `onnx:wasm`, and in. */
  readonly backend: string
  readonly precision: Precision
  /** As a multiple of a forward pass, where a method decides that while it runs. */
  readonly passes: number | null
}

/** Probabilities of the explained class while patches are taken away in one order. */
export interface Curve {
  readonly morf: readonly number[]
  readonly lerf: readonly number[]
  readonly abpc: number
}

/** What the worker answers. */
export type Answered =
  | { readonly kind: 'loading'; readonly what: string; readonly bytes: number; readonly of: number | null }
  | { readonly kind: 'opened'; readonly model: OpenedModel }
  | {
      readonly kind: 'looked'
      /** The picture as the model sees it. */
      readonly seen: Pixels
      readonly probabilities: Float32Array
    }
  | ({ readonly kind: 'map' } & MadeMap)
  | { readonly kind: 'unable'; readonly question: number; readonly method: string; readonly reason: string }
  | { readonly kind: 'passes'; readonly question: number; readonly method: string; readonly passes: number }
  | { readonly kind: 'done'; readonly question: number }
  | {
      readonly kind: 'film'
      readonly question: number
      readonly steps: readonly number[]
      /** What is taken away at each step, 1 for a pixel that is gone. */
      readonly masks: Readonly<Record<'morf' | 'lerf', readonly Uint8Array[]>>
      readonly method: Curve
      readonly random: Curve
    }
  | { readonly kind: 'failed'; readonly while: Asked['kind']; readonly reason: string }
