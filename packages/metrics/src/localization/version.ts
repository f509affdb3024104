/** Version of the stored columns of `localization`. Raise it when one of their values changes, then run `pnpm golden`. */
export const version = 1
