// Written by `npx -y pnpm@12 generate` from the files of `readers/`.
import type { DatasetDefinition } from './define.ts'
import coco from './readers/coco.ts'
import cub from './readers/cub.ts'
import folder from './readers/folder.ts'
import ilsvrc from './readers/ilsvrc.ts'
import imagenetS from './readers/imagenet-s.ts'
import imagenetSegmentation from './readers/imagenet-segmentation.ts'
import voc from './readers/voc.ts'

/** Every bundled kind of dataset in files. */
export const readers: readonly DatasetDefinition[] = [coco, cub, folder, ilsvrc, imagenetS, imagenetSegmentation, voc]
