import { one } from '../page.ts'
import type { ModelFiles } from './messages.ts'

// The files that a visitor gives.

const MODEL_FILE = /\.(?:safetensors|pth|pt|bin|ckpt|onnx)$/

/** Hands on what the visitor chooses, drops on the page or pastes: a picture with its name, or all files of a model. */
export function listenForFiles(
  takePicture: (file: File, name: string) => void,
  takeModel: (files: readonly File[]) => void,
): void {
  for (const id of ['#file', '#camera']) {
    const input = one<HTMLInputElement>(id)
    input.addEventListener('change', () => {
      const [file] = input.files ?? []
      if (file) takePicture(file, file.name)
      input.value = ''
    })
  }
  const model = one<HTMLInputElement>('#model')
  model.addEventListener('change', () => takeModel([...(model.files ?? [])]))

  const drop = one('#drop')
  document.addEventListener('dragover', event => {
    event.preventDefault()
    drop.classList.add('over')
  })
  for (const kind of ['dragleave', 'drop'] as const)
    document.addEventListener(kind, () => drop.classList.remove('over'))
  document.addEventListener('drop', event => {
    event.preventDefault()
    const files = [...(event.dataTransfer?.files ?? [])]
    const [first] = files
    if (!first) return
    if (files.some(({ name }) => MODEL_FILE.test(name))) takeModel(files)
    else takePicture(first, first.name)
  })
  document.addEventListener('paste', event => {
    const [file] = event.clipboardData?.files ?? []
    if (file) takePicture(file, file.name || 'pasted picture')
  })
}

/**
 * The model among files that were given together; `undefined` where none of them holds weights.
 *
 * @param options what the visitor says of the model that its files do not
 */
export function modelAmong(files: readonly File[], options: string): ModelFiles | undefined {
  const named = (name: string) => files.find(file => file.name === name)
  // A graph is read with the files that hold its tensors.
  const weights = files.find(({ name }) => name.endsWith('.onnx')) ?? files.find(({ name }) => !name.endsWith('.json'))
  if (!weights) return undefined
  const [config, preprocessor] = [named('config.json'), named('preprocessor_config.json')]
  return {
    weights,
    beside: files.filter(file => file !== weights && !file.name.endsWith('.json')),
    options,
    ...(config && { config }),
    ...(preprocessor && { preprocessor }),
  }
}
