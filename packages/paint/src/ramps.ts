import { interpolateOranges, interpolatePurples } from 'd3-scale-chromatic'

/** Red, green, blue and opacity, each 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number, opacity: number]

/** What the two signs of evidence are painted in: the words that legends and captions use. */
export const hues = { for: 'orange', against: 'purple' } as const

/** Steps of a ramp between nothing and the strongest evidence. */
const LEVELS = 64

/** The strongest evidence still lets a trace of the image through. */
const MOST_OPAQUE = 0.92

function channels(css: string): [number, number, number] {
  const [red = 0, green = 0, blue = 0] = (css.match(/\d+/g) ?? []).map(Number)
  return [red, green, blue]
}

/**
 * One hue from clear to its strongest: deeper and more opaque with the strength of the evidence. Of a scheme, the part from `pale` to
 * `deep` is taken, which is coloured enough to be told from a grey image and light enough to keep its hue.
 */
const hueRamp = (scheme: (t: number) => string, pale: number, deep: number): readonly Colour[] =>
  Array.from({ length: LEVELS + 1 }, (_, level) => {
    const strength = level / LEVELS
    return [...channels(scheme(pale + (deep - pale) * strength)), Math.round(255 * MOST_OPAQUE * strength)]
  })

const evidenceFor = hueRamp(interpolateOranges, 0.45, 0.82)
const evidenceAgainst = hueRamp(interpolatePurples, 0.6, 0.88)

/**
 * The colours of all heatmaps, to be laid over a grey image. `sequential` goes from clear to the strongest evidence for; `diverging` from
 * the strongest evidence against, over clear at zero, to the strongest evidence for. Evidence for has the same colour in both. The hues
 * are ColorBrewer's Oranges and Purples, which colour-blind readers can tell apart.
 */
export const ramps = {
  sequential: evidenceFor,
  diverging: [...evidenceAgainst.toReversed(), ...evidenceFor.slice(1)],
} as const satisfies Record<string, readonly Colour[]>

export type Ramp = keyof typeof ramps

/** The colour at a position in [0, 1] of a ramp. */
export function colourAt(position: number, ramp: Ramp): Colour {
  const colours = ramps[ramp]
  return colours[Math.round(position * (colours.length - 1))] ?? [0, 0, 0, 0]
}

/** A colour over an opaque background, in 8-bit RGB. */
export function blend(
  background: readonly [number, number, number],
  colour: Colour,
): [red: number, green: number, blue: number] {
  const opacity = colour[3] / 255
  const over = (channel: 0 | 1 | 2) => Math.round(background[channel] * (1 - opacity) + colour[channel] * opacity)
  return [over(0), over(1), over(2)]
}

/** Evenly spaced colours of a ramp, from its low end to its high one, for a gradient. */
export const stops = (ramp: Ramp, count = 17): readonly { readonly offset: number; readonly colour: Colour }[] =>
  Array.from({ length: count }, (_, i) => i / (count - 1)).map(offset => ({ offset, colour: colourAt(offset, ramp) }))

export const cssColour = ([red, green, blue, opacity]: Colour): string =>
  `rgb(${red} ${green} ${blue} / ${Number((opacity / 255).toFixed(3))})`

/** A ramp from left to right, as the value of CSS's `background`. */
export const cssGradient = (ramp: Ramp): string =>
  `linear-gradient(to right, ${stops(ramp)
    .map(({ colour }) => cssColour(colour))
    .join(', ')})`
