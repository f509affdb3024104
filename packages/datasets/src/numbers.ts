const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** The number that a text is, all of it: `1px`, `0x5` and an empty text are NaN. */
export const parseNumber = (text: string): number => (NUMBER.test(text.trim()) ? Number(text) : Number.NaN)
