import assert from 'node:assert/strict'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { importProblems, manifestProblems, packagesOf, sourcesOf } from './boundaries.ts'

const root = join(import.meta.dirname, '..')
const packages = packagesOf(root)

test('packages are entered through their faces, and what is imported is declared', () => {
  const files = sourcesOf(root)
  assert.ok(files.length > 500 && packages.length > 10)
  assert.deepEqual(importProblems(root, packages, files), [])
})

test('every package has its faces as files, says which Node.js it needs and that it has no side effects', () => {
  assert.deepEqual(manifestProblems(root, packages), [])
})

/** A file with one import. Written so, the imports below are not taken for those of this file. */
const importing = (path: string, specifier: string, kind = 'import { x } from') => ({
  path: join(root, path),
  text: `${kind} '${specifier}'`,
})

const wrong: readonly (readonly [ReturnType<typeof importing>, RegExp])[] = [
  [importing('packages/models/src/a.ts', '../../tensor/src/build.ts'), /expected a path inside of @vitrine\/models/],
  [importing('apps/site/src/a.astro', '../../runner/src/main.ts', 'export * from'), /expected a path inside of .*site/],
  [
    importing('packages/models/src/a.ts', '@vitrine/tensor/src/build.ts', 'await import('),
    /expected a face of .*tensor: \., /,
  ],
  [importing('packages/models/src/a.ts', '@vitrine/metrics', 'import type { Y } from'), /not devDependencies/],
  [importing('packages/models/src/a.ts', '@vitrine/backends/node'), /not devDependencies/],
  [importing('packages/models/src/a.ts', '@vitrine/nothing', 'import'), /there is no such package/],
]
for (const [file, problem] of wrong)
  test(`${file.text} in ${relative(root, file.path)} is a problem`, () => {
    const [found, ...others] = importProblems(root, packages, [file])
    assert.match(found ?? '', problem)
    assert.deepEqual(others, [])
  })

test('a test may use what is declared for development', () => {
  const file = importing('packages/models/src/a.test.ts', '@vitrine/backends/node')
  assert.deepEqual(importProblems(root, packages, [file]), [])
})
