import type { Size } from '../architecture/config.ts'
import type { Fit } from '../architecture/preprocess.ts'
import type { Fact } from './fields.ts'

/** The way to the asked size: as it is said for the model's own size, in proportion; squashed where nothing says. */
export function fitFor(fit: Fact<Fit> | undefined, own: Size | undefined, asked: Size): Fact<Fit> {
  if (!fit) return { value: { mode: 'squash', size: asked, filter: 'bilinear', margin: 'down' }, from: 'assumed' }
  if (!own || (own.height === asked.height && own.width === asked.width)) return fit
  const { height, width } = fit.value.size
  const size = {
    height: Math.round((height * asked.height) / own.height),
    width: Math.round((width * asked.width) / own.width),
  }
  return { value: { ...fit.value, size }, from: `${fit.from}, in proportion` }
}
