/** What a file looks like by its first bytes, one character each, and what to do instead. */
interface Kind {
  readonly is: (start: string) => boolean
  readonly what: string
}

const begins =
  (...marks: readonly string[]) =>
  (start: string): boolean =>
    marks.some(mark => start.startsWith(mark))

// Field 1 of ModelProto, its version, is written first; a producer's name (field 2) or an import of operators (8) follows.
const isOnnx = (start: string): boolean =>
  start[0] === '\x08' && start.charCodeAt(1) <= 16 && (start[2] === '\x12' || start[2] === '\x42')

/** Files that people take for checkpoints. */
export const KINDS: readonly Kind[] = [
  {
    is: begins('version http'),
    what: 'a pointer of Git LFS and not the file itself. Run `git lfs pull` where it came from',
  },
  {
    is: start => /^\s*<(?:!doctype|html|head|\?xml)/i.test(start),
    what: 'a web page and not the file itself: the download was answered with an error or a login. Download it again',
  },
  {
    is: begins('GGUF'),
    what: 'a GGUF file of quantised weights. Take the safetensors or torch.save file that it was made from',
  },
  {
    is: begins('\x89HDF'),
    what: 'an HDF5 file (Keras). Convert it to PyTorch, or take the model from timm or the hub',
  },
  { is: begins('\x93NUMPY'), what: 'one NumPy array. Save the whole state_dict with torch.save or safetensors' },
  { is: begins('\x1f\x8b'), what: 'compressed with gzip. Unpack it first (`gunzip` or `tar xzf`)' },
  { is: begins('7z\xbc\xaf', 'Rar!', '\xfd7zXZ', 'BZh'), what: 'a compressed archive. Unpack it first' },
  { is: begins('\x7fELF', 'MZ'), what: 'a program' },
  { is: begins('\x89PNG', '\xff\xd8\xff', 'GIF8', 'RIFF'), what: 'a picture' },
  { is: begins('%PDF'), what: 'a PDF document' },
]

/** Whether a file is an exported model, by its first bytes or its name. */
export const looksExported = (start: string, name: string): boolean => isOnnx(start) || /\.onnx$/i.test(name)

/** What a file is, where it is none of the checkpoints that are read; undefined where nothing is recognised. */
export function foreignFile(start: string, name: string): string | undefined {
  const exported = looksExported(start, name)
    ? 'an exported graph (ONNX), which is a model and no file of weights'
    : undefined
  return KINDS.find(({ is }) => is(start))?.what ?? exported
}

/** What a zip archive is that holds no checkpoint of torch.save. */
export function foreignArchive(names: readonly string[]): string | undefined {
  if (names.some(name => name.endsWith('.npy')))
    return 'NumPy arrays (.npz), as JAX publishes its ViTs. Load it with timm (`timm.create_model(NAME, checkpoint_path=FILE)`) and save its state_dict'
  const inside = names.find(name => /\.(?:pth|pt|ckpt|bin|safetensors)$/.test(name))
  if (inside !== undefined) return `a zip archive with ${inside} in it. Unpack it first`
  return names.some(name => name.includes('saved_model') || name.endsWith('.keras') || name === 'model.weights.h5')
    ? 'a model of Keras or TensorFlow. Convert it to PyTorch first'
    : undefined
}
