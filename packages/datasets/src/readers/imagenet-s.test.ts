import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDataset } from '../open.ts'
import { jpeg, painted, tree } from '../testing/tree.ts'

// Categories 1 and 2 of the tree; labels 2 and 999 of ImageNet. A pixel is red + 256 green.
const [shark, tissue] = ['n01484850', 'n15075141']
const [one, two, other, undecided] = [0x010000, 0x020000, 0x000000, 0xe80300]

const files = async (mask: Buffer) => ({
  [`validation/${shark}/ILSVRC2012_val_00000001.JPEG`]: await jpeg(3, 2),
  [`validation/${tissue}/ILSVRC2012_val_00000002.JPEG`]: await jpeg(3, 2),
  [`validation-segmentation/${shark}/ILSVRC2012_val_00000001.png`]: mask,
  [`validation-segmentation/${tissue}/ILSVRC2012_val_00000002.png`]: await painted([
    [two, two, two],
    [two, two, two],
  ]),
})

test('masks hold the pixels of each category; labels are those of ImageNet', async () => {
  const mask = await painted([
    [other, one, undecided],
    [one, one, two],
  ])
  const dataset = await openDataset(`imagenet-s:${tree(await files(mask))}`)
  const { label, objects } = await dataset.sample(0)
  assert.deepEqual([dataset.size, dataset.classNames.length, label], [2, 1000, 2])
  assert.deepEqual(
    objects.map(({ label: l, box, mask: m }) => [l, ...box, ...(m ?? [])]),
    [
      [2, 0, 0, 2, 2, ...[0, 1, 0], ...[1, 1, 0]],
      [999, 2, 1, 3, 2, ...[0, 0, 0], ...[0, 0, 1]],
    ],
  )
})

test("a mask without the folder's category is an error: the tree lacks folders, so its numbers mean others", async () => {
  const mask = await painted([
    [other, two, two],
    [two, two, two],
  ])
  const dataset = await openDataset(`imagenet-s:${tree(await files(mask))}`)
  await assert.rejects(dataset.sample(0), /expected category 1 \(n01484850\) in the mask, got 0, 2/)
  assert.equal((await dataset.sample(1)).label, 999)
})
