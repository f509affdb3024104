import type { Command } from 'commander'

/** A command as the program lists it. */
export interface Listed {
  readonly description: string
  /** Loads what runs the command; answers with what adds its options. Nothing of it is loaded before the command is asked for. */
  load(): Promise<(command: Command) => void>
}

/** Every command, in the order of `vitrine --help`. */
export const commands: Readonly<Record<string, Listed>> = {
  bench: {
    description: 'sweep methods x thresholds x protocols over models, datasets and backends',
    load: async () => (await import('./bench.ts')).register,
  },
  work: {
    description: 'measure what a bench elsewhere puts on a queue',
    load: async () => (await import('./work.ts')).register,
  },
  queue: {
    description: 'say what is on a queue and who works on it, and drain, retry, pause or resume it',
    load: async () => (await import('./queue.ts')).register,
  },
  explain: {
    description: 'draw what each method says about pictures or scenes',
    load: async () => (await import('./explain.ts')).register,
  },
  embed: {
    description: 'write the head that texts make of an image tower of CLIP or SigLIP',
    load: async () => (await import('./embed.ts')).register,
  },
  localization: {
    description:
      "the study's localization scores: boxes around the heatmap of the predicted class against the true boxes",
    load: async () => (await import('../study/localization.ts')).register,
  },
  'save-heatmaps': {
    description: 'save the heatmap of the labelled class of every image, with the image, as HDF5',
    load: async () => (await import('../study/save-heatmaps.ts')).register,
  },
  abpc: {
    description: "the study's area between perturbation curves, from saved heatmaps",
    load: async () => (await import('../study/abpc.ts')).register,
  },
  doctor: {
    description: 'say what a model is taken for, try it out, and tell which methods can explain it',
    load: async () => (await import('./doctor.ts')).register,
  },
  show: {
    description: "print a method's program, op by op, or write it as an ONNX file",
    load: async () => (await import('./show.ts')).register,
  },
  models: {
    description: 'list the models that are known: bundled, in the cache, and examples of what the hub has',
    load: async () => (await import('./models.ts')).register,
  },
  perf: {
    description: 'measure the cost of methods as multiples of the plain forward pass, on the geometry of ViT-B/16',
    load: async () => (await import('./perf.ts')).register,
  },
  merge: {
    description: 'join what shards of a bench measured into the records of one run',
    load: async () => (await import('./merge.ts')).register,
  },
  publish: {
    description: 'write the records of a store as JSON files',
    load: async () => (await import('./records.ts')).registerPublish,
  },
  rebuild: {
    description: 'fill a store from published JSON files',
    load: async () => (await import('./records.ts')).registerRebuild,
  },
  remeasure: {
    description: 'compute again, in a store, the columns whose version was raised, and nothing else',
    load: async () => (await import('./remeasure.ts')).register,
  },
  migrate: {
    description: 'carry records of an earlier format over to this one, without measuring',
    load: async () => (await import('./migrate.ts')).register,
  },
  submission: {
    description: 'check records that are to be published: their form, and a sample of their images measured again',
    load: async () => (await import('./submission.ts')).register,
  },
  verify: {
    description: 'run published records again and say whether their numbers hold',
    load: async () => (await import('./verify.ts')).register,
  },
  new: {
    description: 'write a file to start from',
    load: async () => (await import('./new.ts')).register,
  },
  conformance: {
    description: 'run the tests that every method, metric or kind of dataset must pass over some',
    load: async () => (await import('./conformance.ts')).register,
  },
  'tfjs-native': {
    description:
      "build the native CPU engine of TensorFlow.js, tfjs:node, where the vendor's download is gone or blocked",
    load: async () => (await import('./tfjs-native.ts')).register,
  },
}
