/**
 * Records: what a sweep measured, kept image by image in SQLite while it runs and published as JSON files.
 *
 * @example
 * using store = openStore('out/records.sqlite')
 * const { id, done } = store.begin(header)
 * store.saveImages(rows.filter(row => !done.has(row.index)).map(row => ({ unit: id, ...row })))
 * store.finish(id)
 * publish(store, 'results')
 *
 * @module
 */
export * from './record/index.ts'
export * from './store/index.ts'
