import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type ModelKind, specOptions } from './architecture/spec.ts'
import { MODULES } from './checkpoint/classifier.ts'
import { FOREIGN_PARTS, OTHER_NETS } from './checkpoint/diagnosis.ts'
import { dtypes } from './checkpoint/dtypes.ts'
import { FAMILIES, questionsOf } from './checkpoint/families.ts'
import { KINDS } from './checkpoint/file-kinds.ts'
import { HEADS, NORMALISATIONS } from './checkpoint/published.ts'
import { FOREIGN } from './checkpoint/timm-hints.ts'
import { ENDINGS } from './node/model.ts'

/** The file in which `withFamilies` keeps the list of families up to date. */
export const readmePath = fileURLToPath(new URL('../../../README.md', import.meta.url))

/** The file that `yourFiles` is written to. */
export const yourFilesPath = fileURLToPath(new URL('../../../docs/your-files.md', import.meta.url))

const WORDS: Readonly<Record<keyof typeof specOptions, string>> = {
  size: 'run it with pictures of another size; position embeddings are interpolated; tables of relative positions (BEiT, relpos-ViT, Swin) are not, so that BEiT keeps its own size and Swin takes those that its windows tile. Of an exported model: the size, where its file leaves it open',
  heads: 'heads of attention',
  pool: 'what the head reads: the class token, the mean of the patches, or both side by side',
  act: 'the activation function of the perceptrons, where neither tensors nor a config.json show it (CLIP, SigLIP): exact GELU, its tanh form, or x sigmoid(1.702 x)',
  stage:
    "of a Swin Transformer, the stage that is explained, from 1: maps have its grid, and class activation maps are of its last block (or, by `layer`, of another of its blocks); the last stage where it isn't said. `attention-rollout[windows=join]` rolls attention out through its windows and merges",
  window: 'of a Swin V2 without config.json, patches along a side of its windows',
  grid: 'the grid of patches that the position embeddings belong to',
  mean: 'how pixels are normalised: a word for mean and deviation, or the mean of each channel',
  std: 'the deviation of each channel, where mean is numbers',
  weights: 'which of several models in the file: what stands before its names',
  head: 'a file with the linear classifier of a backbone',
  names: 'a file with the names of the classes, one a line or as JSON',
  output: 'the output that holds the scores of classes, where a graph has several',
  index:
    'what of that output is explained: a place on its first axes behind that of the batch, such as box 3, or class 17 of box 3; what lies there are classes, and a single number is a class against its absence',
  text: "a file with an embedding of each class's text `[classes, width]`, for an image tower of CLIP's kind",
}

const list = (items: readonly string[]): string => items.map(item => `- ${item}`).join('\n')
const code = (items: readonly string[]): string => items.map(item => `\`${item}\``).join(', ')
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`.replace(/\.\.$/, '.')

const ONLY: Readonly<Record<ModelKind, string>> = { checkpoint: 'checkpoints', onnx: 'ONNX' }

const brackets = Object.entries(specOptions).map(([name, { expected, only }]) => [
  `\`${name}=\``,
  only === undefined ? expected : `${expected} (${ONLY[only]})`,
  WORDS[name as keyof typeof specOptions],
])

const widths = Object.entries(HEADS)
  .map(([width, heads]) => `${width}: ${heads}`)
  .join(', ')

const VARIABLES = [
  ['`HF_TOKEN`', 'sent to the hub itself and to no other host'],
  ['`HF_ENDPOINT`', 'a mirror in place of the hub'],
  ['`HF_HUB_OFFLINE=1`', 'asks nobody and takes what is in the cache'],
  ['`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`', 'the proxy that downloads go through'],
]

/** A table of Markdown with even columns, as the formatter writes it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map(row => row[i]?.length ?? 0)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

const familiesTable = (): string =>
  table(
    ['family', 'whose names', 'a map can be asked about'],
    FAMILIES.map(family => [family.models, family.names, questionsOf(family)]),
  )

const MARKS = ['<!-- families: written by `npx -y pnpm@12 generate` -->', '<!-- end of families -->'] as const

/** A text with the list of families that are read between its marks. */
export function withFamilies(text: string): string {
  const [start, end] = MARKS.map(mark => text.indexOf(mark)) as [number, number]
  if (start < 0 || end < start) throw new Error(`README.md: expected ${MARKS.join(' and ')}`)
  return `${text.slice(0, start + MARKS[0].length)}\n\n${familiesTable()}\n\n${text.slice(end)}`
}

/** What is read of people's files of weights, what is assumed and what is refused, from the tables that the readers use. */
export function yourFiles(): string {
  return `# Your weights

<!-- Written by \`npx -y pnpm@12 generate\` from the tables that the readers use. -->

\`npx -y pnpm@12 vitrine doctor FILE\` says what a file is taken for, where each fact is from, and what is assumed. Nothing in a file is executed.

## What is read

- **safetensors**, in one file or in shards with their index, and both formats of **\`torch.save\`**. A file is told by its content; its name does not matter.
- Numbers of the types ${code(dtypes)}.
- A folder with one file of weights (${code(ENDINGS)}), and \`config.json\` and \`preprocessor_config.json\` beside it: of transformers, of timm, or with the
  fields of a training of your own (\`num_heads\`, \`image_size\`, \`patch_size\`, \`mean\`, \`std\`, \`class_names\`, \`pool\`).
- These families:

${familiesTable()}

- An **exported graph** (ONNX), with its weights in it or in files beside it, or a folder with \`model.onnx\` or \`onnx/model.onnx\`; of a repository, \`hf:owner/name/FILE.onnx\`:
  [what is read of graphs](onnx.md).
- Models under any prefix and in any dictionary: \`module.\`, \`model.net.\`, \`state_dict\`, \`teacher\`, FSDP, \`torch.compile\`, merged PEFT. What lies beside the model (losses,
  metrics, optimizers, other models) is left out and listed.
- Of several models in a file the averaged one (EMA), DINO's teacher or MoCo's query encoder is taken, else the first. That is told, and \`[weights=…]\` takes another.
- A head called ${code(MODULES)}: a linear layer, with or without a bias, or a \`Sequential\` of dropout, batch norms and one linear layer. Batch norms are folded.
- Arguments, random states, NumPy arrays and dictionaries beside the weights are read as data. A class or function that is on no list is refused by its name.

## What no file says

A tensor says neither how many heads it has nor what reads the last block. Such facts come from \`config.json\`, or from brackets behind the name; what is said nowhere is
assumed with a caution. A graph says all that, and not how pixels are normalised: that is never assumed.

${table(['in brackets', 'expected', 'what it is'], brackets)}

\`\`\`sh
npx -y pnpm@12 explain photo.jpg --checkpoint './best.pth[heads=6,pool=token,grid=14x14,mean=imagenet]'
\`\`\`

Assumed is:

- for heads, by width, what the published models have (${widths}); for another width they are asked for;
- for what the head reads, the class token, if there is one and names are timm's; with \`fc_norm\` or no class token the mean of the patches; with a head twice as wide as a
  token both;
- for the grid, the one that image and patch give, else a square;
- for mean and std, \`half\` for ViT, SigLIP, PE-core and BEiT, \`clip\` for CLIP, EVA-02 and AIMv2, \`imagenet\` for the others; numbers from 0 to 255 are divided by 255, with a caution;
- for the epsilon of the norms 1e-6, for CLIP, PE-core, DINOv3, AIMv2 and Swin 1e-5, for transformers' ViT, DeiT and BEiT 1e-12;
- for rotary positions those of the published models of the same form, of PE-core in the grid of its position embeddings; for the size of pictures, where no positions are stored, 224.

Of CLIP and SigLIP nothing in a tensor says which activation function they have: it is asked for if no configuration says it.

The words for normalisations: ${Object.entries(NORMALISATIONS)
    .map(([word, { mean, std }]) => `\`${word}\` (mean ${mean.join(', ')}; std ${std.join(', ')})`)
    .join(', ')}.

## What is refused

Files of another kind:

${list(KINDS.map(({ what }) => sentence(what)))}

Transformers that compute something else:

${list(FOREIGN_PARTS.map(([, what]) => sentence(what)))}

Of timm's names, those of which it is known that ${FOREIGN.map(([, why]) => why.replace('this one ', 'the model ')).join('; ')}.

Other nets, which are named where they are recognised:

${list(OTHER_NETS.map(([, what]) => sentence(what)))}

Limits: 16,384 patches, 8 MB of safetensors header, 64 MB of pickle outside of the arrays, no pipes and no devices.

## The hub

\`hf:owner/name[@revision]\` and \`timm:NAME\` are loaded into the cache of Hugging Face's own tools (\`HF_HOME\`, \`HF_HUB_CACHE\`). Every file is used only once its hash is right; a
download that breaks goes on where it stopped; a file of the cache that was cut or changed is loaded again.

${table(['variable', 'what it does'], VARIABLES)}

Headers are waited for 30 seconds and each next 16 KiB 60; a busy hub (HTTP 429, 5xx) is asked three times more, when its \`Retry-After\` says.
`
}

if (import.meta.main) {
  writeFileSync(yourFilesPath, yourFiles())
  writeFileSync(readmePath, withFamilies(readFileSync(readmePath, 'utf8')))
}
