import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ModelError } from '../errors.ts'
import { readModel } from './model.ts'

/** What became of damaged files: run as a program, so that the memory of the process is that of these files alone. */
export interface Outcome {
  readonly files: number
  readonly loaded: number
  readonly refused: number
  /** Anything but a ModelError, with the number of the file. */
  readonly crashes: readonly string[]
  /** Largest memory of the process, bytes. */
  readonly memory: number
  /** The longest that one file took, milliseconds. */
  readonly longest: number
}

// The last one is read beside a sound file of weights.
const FILES = ['model.safetensors', 'model.pth', 'model-legacy.pth', 'config.json']

/** Numbers from 0 to below n, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): (n: number) => number {
  let state = seed
  return n => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n)
  }
}

type Mutation = (bytes: Buffer, random: (n: number) => number) => Buffer

// Structure lies at the ends: headers and pickles in front, the directory of a zip archive behind.
const somewhere = (bytes: Buffer, random: (n: number) => number): number => {
  const zone = random(3)
  const width = Math.min(bytes.length, zone === 0 ? bytes.length : 3000)
  return zone === 2 ? bytes.length - 1 - random(width) : random(width)
}

const change =
  (edit: (bytes: Buffer, at: number, random: (n: number) => number) => void): Mutation =>
  (bytes, random) => {
    const copy = Buffer.from(bytes)
    for (let i = random(4); i >= 0; i--) edit(copy, somewhere(copy, random), random)
    return copy
  }

/** Ways in which a file is damaged. */
export const MUTATIONS: readonly Mutation[] = [
  change((bytes, at, random) => {
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8))
  }),
  change((bytes, at, random) => {
    bytes[at] = random(256)
  }),
  change((bytes, at, random) => {
    bytes.fill([0, 255, 127][random(3)] ?? 0, at, Math.min(bytes.length, at + 2 ** random(4)))
  }),
  change((bytes, at, random) => {
    bytes.copy(bytes, at, somewhere(bytes, random), at + 1 + random(64))
  }),
  (bytes, random) => bytes.subarray(0, random(bytes.length)),
  (bytes, random) => {
    const at = somewhere(bytes, random)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(16))])
  },
  (bytes, random) => {
    const at = somewhere(bytes, random)
    const more = Buffer.from(Array.from({ length: 1 + random(16) }, () => random(256)))
    return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)])
  },
  // A digit of a JSON header, or of a length in text.
  (bytes, random) => {
    const text = bytes.toString('latin1')
    const digits = [...text.slice(0, 3000).matchAll(/\d/g)]
    const at = digits[random(digits.length)]?.index ?? 0
    return Buffer.from(`${text.slice(0, at)}${10 ** random(16)}${text.slice(at + 1)}`, 'latin1')
  },
]

export async function runMutations(files: number): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-mutated-'))
  const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/mutated/${name}`, import.meta.url))
  const sound = FILES.map(name => readFileSync(fixture(name)))
  const crashes: string[] = []
  let [loaded, refused, longest] = [0, 0, 0]
  for (let i = 0; i < files; i++) {
    const random = randomFrom(i)
    const bytes = sound[i % sound.length] ?? Buffer.alloc(0)
    const mutate = MUTATIONS[random(MUTATIONS.length)] ?? ((same: Buffer) => same)
    const config = FILES[i % FILES.length] === 'config.json'
    const path = join(folder, 'damaged')
    writeFileSync(path, config ? (sound[0] ?? '') : mutate(bytes, random))
    writeFileSync(join(folder, 'config.json'), config ? mutate(bytes, random) : (sound.at(-1) ?? ''))
    const start = performance.now()
    try {
      const { weights, transformer } = await readModel('damaged', 'Damaged', path)
      for (const name of transformer.parameterShapes.keys()) if (/attn\.qkv\.weight$/.test(name)) weights.get(name)
      weights.get('head.weight')
      loaded++
    } catch (error) {
      if (error instanceof ModelError) refused++
      else crashes.push(`file ${i}: ${error instanceof Error ? error.stack : error}`)
      if (error instanceof Error && error.message.length > 2000)
        crashes.push(`file ${i}: a message of ${error.message.length} characters`)
    }
    longest = Math.max(longest, performance.now() - start)
  }
  rmSync(folder, { recursive: true })
  return { files, loaded, refused, crashes, longest, memory: process.resourceUsage().maxRSS * 1024 }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.stdout.write(JSON.stringify(await runMutations(Number(process.argv[2]))))
