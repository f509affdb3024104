export { type Legend, legendFor, legends } from './legend.ts'
export { type MapPaint, mapPaint, type Painted, painted, paintedAroundZero } from './painted.ts'
export { blend, type Colour, colourAt, cssColour, cssGradient, hues, type Ramp, ramps, stops } from './ramps.ts'
