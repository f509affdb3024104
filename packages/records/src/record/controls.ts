/**
 * Characters that do not print but act: on a terminal (escape sequences), on the order of the text around them, or as ends of lines. Records
 * come from strangers, and their names are printed, so names have none of these.
 */
const ACTING = String.raw`\p{Cc}\u2028-\u202e\u2066-\u2069`

/** A name: one line. */
export const PRINTABLE_LINE = new RegExp(`^[^${ACTING}]*$`, 'u')

const acting = new RegExp(`[${ACTING}]`, 'gu')
const lineEnd = /[\t\n]/

/** Whether a text has no control characters but tabs and ends of lines. */
export const isPrintable = (text: string): boolean => (text.match(acting) ?? []).every(found => lineEnd.test(found))

/**
 * A text on one line with its control characters spelled out.
 *
 * @example
 * escapeControls('a\x1b[2Jb')                      // 'a\\u{1b}[2Jb'
 */
export const escapeControls = (text: string): string =>
  text.replace(acting, found => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`)

/** The same, with tabs and ends of lines left as they are: a text that `isPrintable`. */
export const printable = (text: string): string =>
  text.replace(acting, found => (lineEnd.test(found) ? found : escapeControls(found)))
