/** Pixels: icons are drawn into a square of this side. */
export const iconSide = 128

/** Pixels from one row of an `Icon` to the next: a transparent pixel on either side. */
export const iconStride = iconSide + 2

/** `[row, column, rgba]`, 0 to 255, `iconStride` rows and columns, colours not multiplied by alpha. */
export type Icon = Uint8Array
