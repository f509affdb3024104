import { ExplainerError } from '../errors.ts'

export type OptionValue = string | number | boolean

/** One setting of a method. What it accepts is declared, so that a sweep over settings is data. */
export interface Option<V extends OptionValue = OptionValue> {
  readonly default: V
  /** What is accepted, in words. */
  readonly expected: string
  /** Accepted values other than the default, for which a bundled method's golden maps are kept as well. */
  readonly others: readonly V[]
  /**
   * Set where the option is younger than published records of its method: they do not name it, and so a record names it only where its value is not
   * the default. Theirs keep their ids.
   */
  readonly isYounger?: true
  accepts(value: unknown): value is V
}

export type Options = Readonly<Record<string, Option>>
export type OptionValues<O extends Options> = {
  readonly [K in keyof O]: O[K] extends Option<infer V> ? V : never
}

/** One of a few named values; the first is the default. */
export function oneOf<const V extends OptionValue>(...values: readonly [V, ...V[]]): Option<V> {
  return {
    default: values[0],
    expected: values.join(' | '),
    others: values.slice(1),
    accepts: (value): value is V => values.some(v => v === value),
  }
}

/** An option that came to a method after records of it were published. */
export const younger = <V extends OptionValue>(option: Option<V>): Option<V> => ({ ...option, isYounger: true })

/** A number from `minimum` to `maximum`, both included. */
export function numeric(preset: number, minimum: number, maximum = Number.POSITIVE_INFINITY): Option<number> {
  return {
    default: preset,
    expected: `a number from ${minimum} to ${maximum}`,
    others: [minimum < preset ? (minimum + preset) / 2 : maximum < Number.POSITIVE_INFINITY ? maximum / 2 : preset + 1],
    accepts: (value): value is number => typeof value === 'number' && value >= minimum && value <= maximum,
  }
}

/** A whole number from `minimum` to `maximum`, both included. */
export function whole(preset: number, minimum: number, maximum = Number.MAX_SAFE_INTEGER): Option<number> {
  return {
    default: preset,
    expected: `a whole number from ${minimum} to ${maximum}`,
    others: [minimum < preset ? minimum : preset + 1],
    accepts: (value): value is number =>
      Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum,
  }
}

/**
 * The value of every option of a method: the given one, or the default.
 *
 * @throws {ExplainerError} where an option is unknown or a value is not accepted
 */
export function resolveOptions(
  id: string,
  options: Options,
  given: Readonly<Record<string, unknown>> = {},
): Record<string, OptionValue> {
  const names = Object.keys(options)
  for (const name of Object.keys(given))
    if (!names.includes(name))
      throw new ExplainerError(`${id}: unknown option "${name}"; known: ${names.join(', ') || 'none'}`)
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => {
      const value = given[name] ?? option.default
      if (!option.accepts(value))
        throw new ExplainerError(`${id}: ${name}: expected ${option.expected}, got ${JSON.stringify(value)}`)
      return [name, value]
    }),
  )
}
