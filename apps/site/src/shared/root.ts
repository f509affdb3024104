/** Stands in built files for the way to the site's root. */
export const ROOT = '/vitrine-root/'

/** The way to the root from a file, whose path is relative to it. */
export const wayToRoot = (path: string): string => '../'.repeat(path.split(/[\\/]/).length - 1) || './'
