import type { Answered, Asked, EngineWish, ModelFiles, Pixels } from './messages.ts'

/** A worker with a model and a picture, which is ended to stop it and started again when it is needed. */
export class Engine {
  #worker: Worker | undefined
  #picture: { readonly picture: Pixels; readonly id: string } | undefined
  #question = 0
  /** Whether maps are being made. */
  #busy = false
  readonly #answer: (answered: Answered) => void
  #model: ModelFiles
  #wish: EngineWish = 'fastest'

  constructor(model: ModelFiles, answer: (answered: Answered) => void) {
    this.#model = model
    this.#answer = answer
  }

  /** The last question; answers to earlier ones are of no use. */
  get question(): number {
    return this.#question
  }

  /** Opens another model. */
  open(model: ModelFiles): void {
    this.stop()
    this.#picture = undefined
    this.#model = model
    this.#start()
  }

  /** Opens the model again, on another engine, with the same picture. */
  use(wish: EngineWish): void {
    this.stop()
    this.#wish = wish
    if (this.#picture) this.#running()
  }

  look(picture: Pixels, id: string): void {
    this.#picture = { picture, id }
    this.#question++
    // What runs for the last picture would have to end first.
    if (this.#busy) this.stop()
    if (this.#worker) this.#worker.postMessage({ kind: 'look', picture, id } satisfies Asked)
    else this.#running()
  }

  /** @param precision if absent, what each method needs */
  explain(targets: readonly number[], methods: readonly string[], precision?: 'single'): void {
    this.#ask({ kind: 'explain', question: ++this.#question, targets, methods, precision })
  }

  film(target: number, method: string): void {
    this.#ask({ kind: 'film', question: ++this.#question, target, method })
  }

  /** Ends what is under way at once, and frees its memory. */
  stop(): void {
    this.#question++
    this.#worker?.terminate()
    this.#worker = undefined
    this.#busy = false
  }

  #ask(asked: Asked): void {
    const worker = this.#running()
    this.#busy = true
    worker.postMessage(asked)
  }

  #running(): Worker {
    if (this.#worker) return this.#worker
    const worker = this.#start()
    if (this.#picture) worker.postMessage({ kind: 'look', ...this.#picture } satisfies Asked)
    return worker
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<Answered>) => {
      if (data.kind === 'done' || data.kind === 'film') this.#busy = false
      this.#answer(data)
    }
    worker.onerror = ({ message }) =>
      this.#answer({ kind: 'failed', while: 'open', reason: message || 'the worker could not be started' })
    worker.postMessage({ kind: 'open', model: this.#model, wish: this.#wish } satisfies Asked)
    this.#worker = worker
    return worker
  }
}
