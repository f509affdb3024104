import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative, resolve } from 'node:path'
import { test } from 'node:test'
import type { Dataset, Sample } from './dataset.ts'
import type { DatasetDefinition } from './define.ts'
import { DatasetError, SampleError } from './errors.ts'
import { boxAround } from './mask.ts'

/** Data to try a reader on, of two images or more. */
export interface DatasetExample {
  /** A folder or file as the kind wants it; it is copied and not changed. A few images are enough. */
  readonly root: string
  readonly split?: string
  /** Files of pictures and masks below the root; by default those whose names end so. Empty for a kind of one file. */
  readonly images?: readonly string[]
  /** Changes a label in a copy of the data. Without it nothing is said about labels in the hash. */
  relabel?(root: string): void
  /** Changes a box or a mask in a copy of the data. */
  rebox?(root: string): void
}

/** Registers the tests that every reader must pass, on an example of its data. */
export function datasetConformance(definition: DatasetDefinition, given: DatasetExample): void {
  const { kind } = definition
  const example = { ...given, root: resolve(given.root) }
  const name = (what: string) => `${kind}: ${what}`
  const parts = example.split === undefined ? {} : { split: example.split }
  const open = (root: string) => definition.open({ root, ...parts })
  const images =
    example.images ?? filesBelow(example.root).filter(file => /\.(jpe?g|png|webp|gif|tiff?|avif)$/i.test(file))

  test(name('the index has a name, a hash, classes and samples'), async () => {
    const dataset = await open(example.root)
    assert.match(dataset.id, /^[\w][\w.-]*$/)
    assert.match(dataset.hash, /^[0-9a-f]{16,}$/)
    assert.ok(dataset.size >= 2, 'the example has two images or more')
    assert.ok(dataset.classNames.length > 0)
    assert.equal(dataset.classes?.length, dataset.classNames.length)
  })

  test(name('the order is the same each time, whatever was asked for before'), async () => {
    const [one, other] = [await open(example.root), await open(example.root)]
    const forwards = await samplesOf(one)
    const backwards: Sample[] = []
    for (let i = other.size - 1; i >= 0; i--) backwards.unshift(await other.sample(i))
    assert.deepEqual(backwards, forwards)
    assert.equal(new Set(forwards.map(({ id }) => id)).size, one.size, 'no two samples have one id')
    assert.ok(forwards.every(({ id }) => id.startsWith(`${one.id}/`)))
  })

  test(name('labels are classes; boxes and masks lie in their picture'), async () => {
    const dataset = await open(example.root)
    const isClass = (label: number) => Number.isInteger(label) && label >= 0 && label < dataset.classNames.length
    for (const { id, image, label, objects } of await samplesOf(dataset)) {
      assert.equal(image.data.length, image.width * image.height * 3, id)
      assert.ok(isClass(label), id)
      for (const { label: own, box, mask } of objects) {
        assert.ok(isClass(own), id)
        assert.ok(0 <= box[0] && box[0] < box[2] && box[2] <= image.width, `${id}: ${box}`)
        assert.ok(0 <= box[1] && box[1] < box[3] && box[3] <= image.height, `${id}: ${box}`)
        if (!mask) continue
        assert.equal(mask.length, image.width * image.height, id)
        assert.ok(mask.every(pixel => pixel <= 1))
        if (mask.includes(1)) assert.deepEqual(box, boxAround(mask, image), id)
      }
    }
  })

  test(name('an index that is none is an error'), async () => {
    const dataset = await open(example.root)
    for (const index of [-1, dataset.size, 0.5, Number.NaN]) await assert.rejects(dataset.sample(index), DatasetError)
  })

  test(name('a place without such data is an error that says what is expected'), async t => {
    const empty = copyOf(t)
    for (const root of [empty, join(empty, 'nothing')])
      await assert.rejects(open(root), error => error instanceof DatasetError && /expected/.test(error.message))
  })

  test(name('a copy has the same hash; labels, boxes and sizes of images change it'), async t => {
    const { hash } = await open(example.root)
    const changed = async (change: (root: string) => void) => {
      const copy = copyOf(t, example.root)
      change(copy)
      return (await open(copy)).hash
    }
    assert.equal(await changed(() => {}), hash)
    const { relabel, rebox } = example
    if (relabel) assert.notEqual(await changed(relabel), hash, 'another label has another hash')
    if (rebox) assert.notEqual(await changed(rebox), hash, 'another box has another hash')
    for (const image of images)
      assert.notEqual(await changed(root => writeFileSync(join(root, image), 'another size')), hash, image)
  })

  if (images.length > 0) {
    test(name('the index is read without the images'), async t => {
      const dataset = await open(example.root)
      const copy = copyOf(t, example.root)
      for (const image of images) writeFileSync(join(copy, image), Buffer.alloc(statSync(join(copy, image)).size))
      const blind = await open(copy)
      assert.deepEqual([blind.size, blind.hash, blind.classNames], [dataset.size, dataset.hash, dataset.classNames])
    })

    test(name('a broken image costs its own sample, and the error names it'), async t => {
      const whole = await samplesOf(await open(example.root))
      for (const image of images) {
        const copy = copyOf(t, example.root)
        const bytes = readFileSync(join(copy, image))
        writeFileSync(join(copy, image), bytes.subarray(0, bytes.length / 2))
        const dataset = await open(copy)
        const found = await Promise.all(whole.map((_, i) => dataset.sample(i).catch((error: unknown) => error)))
        const broken = found.flatMap((sample, i) => (sample instanceof Error ? [{ error: sample, i }] : []))
        assert.equal(broken.length, 1, image)
        for (const { error, i } of broken) {
          assert.ok(error instanceof SampleError)
          assert.deepEqual([error.id, error.label], [whole[i]?.id, whole[i]?.label])
          assert.ok(error.problem.includes(basename(image)), error.problem)
          assert.ok(!error.problem.includes(copy), 'messages are published: they hold no path of the machine')
        }
      }
    })
  }

  test(name('files are closed after use'), { skip: process.platform !== 'linux' && 'asks /proc' }, async t => {
    const copy = copyOf(t, example.root)
    await samplesOf(await open(copy))
    assert.deepEqual(openBelow(copy), [])
  })
}

const samplesOf = (dataset: Dataset): Promise<Sample[]> =>
  Promise.all(Array.from({ length: dataset.size }, (_, i) => dataset.sample(i)))

/** A temporary copy of a folder or file under the same name, gone after the test; without one, an empty folder. */
function copyOf(t: { after(work: () => void): void }, from?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-dataset-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  if (from === undefined) return folder
  const copy = join(folder, basename(from))
  cpSync(from, copy, { recursive: true })
  return copy
}

function filesBelow(root: string): string[] {
  if (!statSync(root).isDirectory()) return []
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(root, join(entry.parentPath, entry.name)))
    .sort()
}

/** Files of this process that are open below a folder. */
const openBelow = (root: string): string[] =>
  readdirSync('/proc/self/fd').flatMap(descriptor => {
    try {
      const target = readlinkSync(`/proc/self/fd/${descriptor}`)
      return target.startsWith(root) ? [target] : []
    } catch {
      return []
    }
  })
