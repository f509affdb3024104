import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Every table over ops, by the name of the declaration that holds it: each must ask for a row of a new op. */
const tables: Readonly<Record<string, readonly string[]>> = {
  tensor: ['shapeRules', 'kernels', 'vjps', 'narrowings', 'flops', 'cases'],
  explainers: ['cheferRules', 'attnLrpRules', 'constantAttentionRules', 'rescaleRules'],
  backends: ['onnx lowerings', 'tfjs lowerings', 'conformance cases', 'conformance drawings'],
}

test('an op that is added to ops.ts is a type error in every table over ops', () => {
  const copy = mkdtempSync(join(tmpdir(), 'vitrine-'))
  try {
    copyPackages(copy)
    const ops = join(copy, 'packages/tensor/src/ops.ts')
    const source = readFileSync(ops, 'utf8')
    const changed = source.replace('  gelu: None\n', '  gelu: None\n  novel: None\n')
    assert.notEqual(changed, source)
    writeFileSync(ops, changed)
    const { stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', copy], {
      cwd: copy,
      encoding: 'utf8',
    })
    const missing = stdout.split('\n').filter(line => /^packages\/.*'novel' is missing/.test(line))
    const found = missing.map(line => declarationAt(copy, line))
    for (const [name, expected] of Object.entries(tables))
      for (const table of expected) {
        const [folder, declaration = folder] = table.split(' ')
        const asks = found.some(
          at =>
            at.path.startsWith(`packages/${name}/src/${declaration === folder ? '' : `${folder}/`}`) &&
            at.name === declaration,
        )
        assert.ok(
          asks,
          `${table} of ${name} has no error; errors are in ${found.map(at => `${at.path}: ${at.name}`).join(', ')}`,
        )
      }
  } finally {
    rmSync(copy, { recursive: true })
  }
})

/** The packages with tables over ops and what they import, as a workspace of its own. */
function copyPackages(to: string): void {
  for (const name of ['tensor', 'models', 'backends', 'explainers'])
    for (const part of ['src', 'package.json', 'node_modules'])
      cpSync(join(root, 'packages', name, part), join(to, 'packages', name, part), {
        recursive: true,
        verbatimSymlinks: true,
      })
  symlinkSync(join(root, 'node_modules'), join(to, 'node_modules'))
  cpSync(join(root, 'tsconfig.base.json'), join(to, 'tsconfig.base.json'))
  writeFileSync(join(to, 'tsconfig.json'), '{ "extends": "./tsconfig.base.json", "include": ["packages/*/src"] }')
}

/** The file of a line `path(line,column): error …`, and the top-level declaration in which the error stands. */
function declarationAt(folder: string, error: string): { readonly path: string; readonly name: string } {
  const [, path = '', line = '0'] = /^(.+?)\((\d+),\d+\)/.exec(error) ?? []
  const before = readFileSync(join(folder, path), 'utf8').split('\n').slice(0, Number(line)).reverse()
  const declared = /^(?:export )?(?:const|function) (\w+)/
  const name = before.map(text => declared.exec(text)?.[1]).find(found => found !== undefined) ?? ''
  return { path, name }
}
