import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryBytes } from './bytes.ts'
import { openCheckpoint } from './open.ts'

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, character => character.charCodeAt(0))

const FOREIGN: readonly (readonly [what: string, bytes: Uint8Array, message: RegExp])[] = [
  ['a web page', bytesOf('<!DOCTYPE html><html><head>'), /got a web page and not the file itself/],
  ['a pointer of Git LFS', bytesOf('version https://git-lfs.github.com/spec/v1\n'), /git lfs pull/],
  ['a GGUF file', bytesOf('GGUF\x03\0\0\0\0\0\0'), /got a GGUF file/],
  ['an ONNX graph', bytesOf('\x08\x08\x12\x07pytorch\x1a\x05'), /got an exported graph \(ONNX\), which is a model/],
  ['an HDF5 file', bytesOf('\x89HDF\r\n\x1a\n\0\0'), /got an HDF5 file \(Keras\)/],
  ['a gzipped file', bytesOf('\x1f\x8b\x08\0\0\0\0\0\0\x03'), /compressed with gzip\. Unpack it first/],
  [
    'JSON without an index',
    bytesOf('{"error": "no access"}'),
    /expected an index of shards.*got \{ error: no access \}/,
  ],
  ['anything else', bytesOf('hello, world'), /got bytes of another kind/],
  ['an empty file', bytesOf(''), /expected a checkpoint, got 0 bytes/],
]

for (const [what, bytes, message] of FOREIGN)
  test(`${what} is refused by what it is`, () =>
    assert.rejects(openCheckpoint(memoryBytes('weights', bytes)), { name: 'ModelError', message }))
