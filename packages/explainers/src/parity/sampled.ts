import { fileURLToPath } from 'node:url'
import { openSafetensors } from '@vitrine/models'
import type { RiseMask } from '../methods/rise.ts'
import type { Comparison } from './comparison.ts'
import { torchNormal } from './torch-normal.ts'

const stored = openSafetensors(fileURLToPath(new URL('../../fixtures/sampled.safetensors', import.meta.url)))

/** The rows of a stored array, as lists of numbers. */
function rowsOf(name: string): number[][] {
  const [rows = 1] = stored.shape(name)
  const numbers = Array.from(stored.read(name))
  const size = numbers.length / rows
  return Array.from({ length: rows }, (_, i) => numbers.slice(i * size, (i + 1) * size))
}

const PIXELS = 3 * 224 * 224

/** Images of noise from torch's generator, by the names under which the methods draw them. */
function noises(seed: number, count: number): Record<string, Float64Array> {
  const all = torchNormal(seed, count * PIXELS)
  const images = Array.from({ length: count }, (_, k) => all.subarray(k * PIXELS, (k + 1) * PIXELS))
  return Object.fromEntries(images.map((noise, k) => [`noise ${k}`, noise]))
}

/** Numbers between 0 and 1 that PyTorch and this code compute alike: the logistic function of torch's normal numbers. */
const uniforms = (seed: number, count: number): Float64Array =>
  torchNormal(seed, count).map(z => 1 / (1 + Math.exp(-z)))

const samples = () => ({ samples: rowsOf('kernel-shap.samples') })
const noisy = { samples: 4, deviation: 0.2 }
const noise = () => noises(5, 4)

/** The comparisons of sampled methods. Where a method draws at random, it is given the numbers that the other code drew. */
export const sampledComparisons: readonly Comparison[] = [
  { method: 'feature-ablation', options: { segment: 1 }, reference: 'feature-ablation' },
  { method: 'occlusion', options: { window: 1, stride: 1 }, reference: 'occlusion' },
  {
    method: 'rise',
    reference: 'rise',
    draws: () => {
      const cells = rowsOf('rise.cells')
      return {
        masks: rowsOf('rise.shifts').map(
          ([down = 0, right = 0], k): RiseMask => ({ cells: cells[k] ?? [], down, right }),
        ),
      }
    },
  },
  { method: 'score-cam', options: { passes: 48, rectify: false }, reference: 'scorecam' },
  { method: 'ablation-cam', options: { ablation: 'far', rectify: false }, reference: 'ablationcam' },
  // The library fits in float32 with weights of 1e6; its own fit in float64 differs from it by 1e-3.
  { method: 'kernel-shap', reference: 'kernel-shap', draws: samples, square: 2, within: 1e-3 },
  { method: 'lime', reference: 'lime', draws: samples, square: 2 },
  {
    method: 'tis',
    reference: 'tis',
    draws: image => {
      const patches = [...Array(14 * 14).keys()]
      const masks = rowsOf('tis.masks')[image] ?? []
      const count = masks.length / patches.length
      return {
        subsets: Array.from({ length: count }, (_, k) => patches.filter(p => masks[k * patches.length + p] === 1)),
      }
    },
  },
  {
    method: 'vit-cx',
    reference: 'vit-cx',
    draws: image => ({ labels: rowsOf('vit-cx.labels')[image], ...noises(9, 8) }),
  },
  { method: 'iia', options: { steps: 5 }, reference: 'iia' },
  { method: 'ia-attention', options: { steps: 5 }, reference: 'ia-attention' },
  { method: 'ig-attention', options: { steps: 5, rows: 'mean' }, reference: 'ig-attention' },
  { method: 'integrated-gradients', options: { steps: 16 }, reference: 'integrated-gradients' },
  {
    method: 'integrated-gradients',
    options: { steps: 16, rule: 'captum-trapezoid' },
    reference: 'integrated-gradients-trapezoid',
  },
  { method: 'attattr', reference: 'attattr' },
  { method: 'attention-flow', reference: 'attention-flow' },
  {
    method: 'sobol',
    options: { designs: 4, segment: 4 },
    reference: 'sobol',
    draws: () => {
      const numbers = Array.from(uniforms(6, 2 * 4 * 16))
      const designs = Array.from({ length: 8 }, (_, i) => numbers.slice(16 * i, 16 * (i + 1)))
      return { a: designs.slice(0, 4), b: designs.slice(4) }
    },
  },
  {
    method: 'blur-integrated-gradients',
    options: { steps: 8, maxSigma: 20 },
    reference: 'blur-integrated-gradients',
  },
  {
    method: 'expected-gradients',
    options: { samples: 4 },
    reference: 'expected-gradients',
    draws: () => {
      const numbers = uniforms(5, 4 * PIXELS)
      return Object.fromEntries(
        Array.from(stored.read('gradient-shap.alpha'), (alpha, k): [string, unknown][] => [
          [`baseline ${k}`, numbers.subarray(k * PIXELS, (k + 1) * PIXELS)],
          [`alpha ${k}`, alpha],
        ]).flat(),
      )
    },
  },
  { method: 'smoothgrad', options: noisy, reference: 'smoothgrad', draws: noise },
  { method: 'smoothgrad', options: { ...noisy, squared: true }, reference: 'smoothgrad-squared', draws: noise },
  { method: 'vargrad', options: noisy, reference: 'vargrad', draws: noise },
  {
    method: 'gradient-shap',
    options: noisy,
    reference: 'gradient-shap',
    draws: () => ({
      ...noise(),
      alpha: Array.from(stored.read('gradient-shap.alpha')),
      baseline: Array.from(stored.read('gradient-shap.baseline')),
    }),
  },
]
