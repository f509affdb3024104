import type { ModelRun } from './model-run.ts'

/** A function that makes something once for each model run and key, and keeps it as long as the run. */
export function oncePerRun<Key, T>(): (run: ModelRun, key: Key, make: () => Promise<T>) => Promise<T> {
  const known = new WeakMap<ModelRun, Map<Key, Promise<T>>>()
  return (run, key, make) => {
    const ofRun = known.get(run) ?? new Map<Key, Promise<T>>()
    known.set(run, ofRun)
    const found = ofRun.get(key) ?? make()
    ofRun.set(key, found)
    return found
  }
}
