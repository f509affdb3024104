import { randomStream } from '../scenes/random-stream.ts'

/** What damaged or hostile data have in the place of a number or a text. */
const tokens = [
  ...[
    '',
    '-1',
    '0',
    '1e9',
    '1e999',
    '-1e9',
    'NaN',
    '1px',
    '0x5',
    '9007199254740993',
    'null',
    'true',
    '[]',
    '{}',
    '[[]]',
  ],
  ...[
    '"',
    '\0',
    '\x1b[2J',
    '../outside.png',
    '/etc/passwd',
    '__proto__',
    'constructor',
    '&',
    '<',
    ']]>',
    '﻿',
    '\r\n\r\n',
  ],
]

/** One seeded way to damage the contents of a file: bytes that change, are lost or stand twice, a cut, another number or word. */
export function damaged(bytes: Buffer, ...seed: readonly (string | number)[]): Buffer {
  const random = randomStream('faults', ...seed)
  const at = () => random.below(bytes.length + 1)
  const span = (): [number, number] => {
    const from = at()
    return [from, Math.min(bytes.length, from + 1 + random.below(Math.max(1, Math.ceil(bytes.length / 8))))]
  }
  const splice = (from: number, to: number, piece: Buffer | string) =>
    Buffer.concat([bytes.subarray(0, from), Buffer.from(piece), bytes.subarray(to)])
  /** A number or a word of a text that is replaced. */
  const word = () => {
    const words = [...bytes.toString('latin1').matchAll(/[\w.-]+/g)]
    const found = words[random.below(words.length)]
    return found ? splice(found.index, found.index + found[0].length, random.pick(tokens)) : Buffer.alloc(0)
  }
  const changes: readonly (() => Buffer)[] = [
    () => bytes.subarray(0, at()),
    () => splice(...span(), ''),
    () => {
      const [from, to] = span()
      return splice(to, to, bytes.subarray(from, to))
    },
    () => {
      const copy = Buffer.from(bytes)
      for (let n = 1 + random.below(8); n > 0 && copy.length > 0; n--)
        copy[random.below(copy.length)] = random.below(256)
      return copy
    },
    () => splice(at(), at(), random.pick(tokens)),
    word,
    word,
    word,
  ]
  return random.pick(changes)()
}
