import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DatasetError } from '../errors.ts'
import { tree } from '../testing/tree.ts'
import { openHdf5 } from './hdf5.ts'
import { createHeatmapFile, openHeatmapFile } from './saved-heatmaps.ts'

test('what is written is read again, by its name', async () => {
  const path = join(tree(), 'maps.hdf5')
  const image = Float32Array.from({ length: 3 * 2 * 4 }, (_, i) => i / 255)
  const cam = Float32Array.from({ length: 2 * 4 }, (_, i) => i / 7)
  const size = { width: 4, height: 2 }
  const out = await createHeatmapFile(path)
  out.add({ name: 'b', label: 999, ...size, image, cam })
  assert.ok(!existsSync(path), 'a file that is not complete has another name')
  out.add({ name: 'a', label: 0, ...size, image, cam: cam.map(v => 1 - v) })
  out.close()
  const file = await openHeatmapFile(path)
  assert.deepEqual(file.names, ['a', 'b'])
  assert.deepEqual(file.read('b'), { name: 'b', label: 999, ...size, image, cam })
  file.close()
})

test('where there is no room the error is a line, and nothing is left', { skip: process.platform === 'win32' }, () => {
  const path = join(tree(), 'maps.hdf5')
  const program = `
    import { createHeatmapFile } from ${JSON.stringify(new URL('./saved-heatmaps.ts', import.meta.url).href)}
    const out = await createHeatmapFile(${JSON.stringify(path)})
    const [width, height] = [224, 224]
    const [image, cam] = [new Float32Array(3 * width * height), new Float32Array(width * height)]
    try {
      for (let i = 0; i < 4; i++) out.add({ name: 'n' + i, label: 0, width, height, image, cam })
      out.close()
    } catch (error) {
      console.log(error.message)
    }`
  // No file of more than a mebibyte: a full disk for one process.
  const script = 'ulimit -f 2048; exec "$@"'
  const words = [process.execPath, '--input-type=module', '-e', program]
  const said = execFileSync('sh', ['-c', script, 'sh', ...words], { encoding: 'utf8' })
  assert.match(
    said,
    /^\[vitrine\] \[datasets\] .*maps\.hdf5: expected an HDF5 file that can be written: File too large\n$/,
  )
  assert.deepEqual(readdirSync(dirname(path)), [])
})

test('a file that h5py wrote is read', async () => {
  const file = await openHeatmapFile(fileURLToPath(new URL('../../fixtures/h5py.hdf5', import.meta.url)))
  assert.deepEqual(file.names, ['ILSVRC2012_val_00000001', 'ILSVRC2012_val_00000002'])
  const { label, width, height, image, cam } = file.read('ILSVRC2012_val_00000002')
  assert.deepEqual([label, width, height], [7, 3, 2])
  assert.deepEqual(
    [...image],
    Array.from({ length: 18 }, (_, i) => Math.fround(i / 32)),
  )
  assert.deepEqual([...cam], [0, 0.25, 0.5, 0.75, 1, 0.125])
  file.close()
})

test('another file, a map of another size and a missing label are errors', async () => {
  const path = join(tree(), 'other.hdf5')
  const { file: empty } = await openHdf5(path, 'w')
  empty.create_group('image')
  empty.close()
  await assert.rejects(openHeatmapFile(path), /expected the groups image, label and cam, got no label, no cam/)

  const { file: odd } = await openHdf5(path, 'w')
  odd.create_group('label')
  const [image, cam] = [odd.create_group('image'), odd.create_group('cam')]
  for (const [name, values] of [
    ['unlabelled', 2],
    ['small', 1],
  ] as const) {
    image.create_dataset({ name, data: new Float32Array(6), shape: [1, 3, 1, 2] })
    cam.create_dataset({ name, data: new Float32Array(values), shape: [1, 1, values] })
  }
  odd.close()
  const file = await openHeatmapFile(path)
  assert.throws(() => file.read('unlabelled'), /expected a dataset label\/unlabelled, got nothing/)
  assert.throws(() => file.read('small'), /small: expected cam \[1, 1, 2\] for image \[1, 3, 1, 2\], got \[1, 1, 1\]/)
  file.close()
})

test('a file that is mended after an error is read anew, and errors are one line', async () => {
  const whole = readFileSync(fileURLToPath(new URL('../../fixtures/h5py.hdf5', import.meta.url)))
  const path = join(tree(), 'maps.hdf5')
  let refused = 0
  for (let at = 0; at < whole.length; at += Math.ceil(whole.length / 12)) {
    const bytes = Buffer.from(whole)
    bytes.fill(0xff, at, at + 40)
    writeFileSync(path, bytes)
    try {
      const file = await openHeatmapFile(path)
      try {
        for (const name of file.names) file.read(name)
      } finally {
        file.close()
      }
    } catch (error) {
      assert.ok(error instanceof DatasetError, String(error))
      assert.ok(error.message.length < 500 && !error.message.includes('\n'), error.message)
      refused++
    }
    writeFileSync(path, whole)
    const file = await openHeatmapFile(path)
    assert.equal(file.read('ILSVRC2012_val_00000002').label, 7)
    file.close()
  }
  assert.ok(refused > 2)
})
