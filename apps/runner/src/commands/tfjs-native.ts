import { buildNative } from '@vitrine/backends/tfjs-native'
import type { Command } from 'commander'
import { fromHere } from '../cli/arguments.ts'
import { print, tell } from '../cli/terminal.ts'

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  command
    .option('--libtensorflow <dir>', 'a C library of TensorFlow with its headers, in place of the pinned release')
    .addHelpText(
      'after',
      `
It compiles the binding of @tensorflow/tfjs-node against the C library of a TensorFlow release: the wheel tensorflow-cpu 2.15.1,
which is downloaded with pip, checked by its SHA-256 and kept. Nothing of this project is changed; what is built lies in
$XDG_CACHE_HOME/vitrine, or ~/.cache/vitrine. It needs npm and g++, and python3 with pip for the download.

Examples:
  npx -y pnpm@12 tfjs:native
  npx -y pnpm@12 tfjs:native --libtensorflow /opt/libtensorflow
  npx -y pnpm@12 bench --backends onnx,tfjs:node`,
    )
    .action(async ({ libtensorflow }) => {
      const log = (step: string) => tell(step)
      const folder = await buildNative({ log, libtensorflow: libtensorflow && fromHere(libtensorflow) })
      print(`tfjs:node works; it lies in ${folder}`)
    })
}
