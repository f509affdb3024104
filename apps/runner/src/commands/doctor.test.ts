import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { writeExport } from '@vitrine/models/testing'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const fixture = (name: string) =>
  fileURLToPath(new URL(`../../../../packages/models/fixtures/${name}`, import.meta.url))

const run = (...args: readonly string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>(resolve => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr })
    })
  })

test('doctor says on one screen what was recognised, from where, and what can explain it', async () => {
  const { code, stdout, stderr } = await run('doctor', fixture('hf/deit-distilled'), '--methods', 'agcam,rise')
  assert.equal(code, 0, stderr)
  for (const line of [
    /^deit-distilled: DeiT, 0\.\d+ M parameters, sha256 [0-9a-f]{12}$/m,
    /^tokens before the patches +class, distillation +names of the tensors$/m,
    /^the head reads +class-and-distillation +config\.json: architectures$/m,
    /^mean +0\.485, 0\.456, 0\.406 +preprocessor_config\.json: image_mean$/m,
    /^grid +6 x 6 +/m,
    /^✓ a test pass gives probabilities: LABEL_\d/m,
    /^ {2}one forward pass: [\d.]+ GFLOP, [\d.]+ ms on onnx:cpu with \d+ threads$/m,
    /^✓ 1 methods were tried and can explain it: agcam$/m,
    /^· can be built, not tried \(many passes an image\): rise$/m,
  ])
    assert.match(stdout, line)
  assert.ok(stdout.split('\n').length < 40)
})

test('doctor takes a map that is all zero for good reason as a remark, and exits with 0', async () => {
  const { code, stdout, stderr } = await run('doctor', fixture('families/eva02-timm'), '--methods', 'agcam,gradcam,fem')
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^✓ 3 methods were tried and can explain it: agcam, gradcam, fem$/m)
  assert.match(
    stdout,
    /^· of these, a map is all zero for the test picture, in double precision too, .*: gradcam, fem$/m,
  )
})

test('doctor names the option by which a Swin has a rollout', async () => {
  const { code, stdout } = await run(
    'doctor',
    fixture('families/swin-timm'),
    '--methods',
    'attention-rollout,rollout-per-head',
  )
  assert.equal(code, 0)
  assert.match(
    stdout,
    /not defined for it \(needs blocks .*; attention-rollout\[windows=join\] is\): attention-rollout$/m,
  )
  assert.match(stdout, /not defined for it \(needs blocks [^;]*; of this model, [^;]*\): rollout-per-head$/m)
})

test('doctor on an exported graph says what was recognised, how it was checked, and why methods are refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-doctor-'))
  try {
    const file = writeExport(folder, 'timm-swin', 'ts17-static-sdpa')
    const { code, stdout, stderr } = await run(
      'doctor',
      `${file}[mean=imagenet]`,
      '--methods',
      'gradcam,attention-rollout',
    )
    assert.equal(code, 0, stderr)
    for (const line of [
      /: an exported graph, 0\.0\d+ M parameters, sha256 [0-9a-f]{12}$/m,
      /^width +2 x 12, 2 x 24 +form of the graph$/m,
      /^held against ONNX Runtime +logits within [\d.e-]+ of their peak, a batch is its images one by one +/m,
      /^✓ 1 methods were tried and can explain it: gradcam$/m,
      /^· not defined for it \(needs blocks that follow one another from the patches to the head; of this model, .*\): attention-rollout$/m,
    ])
      assert.match(stdout, line)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('doctor on a file that is no model: the reason and what to do, exit code 1', async () => {
  const { code, stdout, stderr } = await run('doctor', fixture('torch/whole-module.pth'))
  assert.equal(code, 1)
  assert.equal(stdout, '')
  assert.match(
    stderr,
    /^\[vitrine\] \[models\] .*refuses "torch\.nn\.modules\.linear\.Linear".*Save `model\.state_dict\(\)`/,
  )
  assert.equal(stderr.trim().split('\n').length, 1)
})

test('the name of a property that every object has is no model, which is wrong usage', async () => {
  const { code, stderr } = await run('doctor', 'constructor', '--methods', 'random')
  assert.equal(code, 2)
  assert.match(stderr, /^\[vitrine\] \[models\] unknown model "constructor"; known: [^\n]*\n$/)
})

test('models lists what is known', async () => {
  const { code, stdout } = await run('models')
  assert.equal(code, 0)
  assert.match(stdout, /^ {2}icon-vit +Icon ViT .*, 32 classes$/m)
  assert.match(stdout, /^ {2}hf:google\/vit-base-patch16-224 +ViT-B\/16, 87 M$/m)
})
