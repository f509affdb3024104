/** Version of the stored columns of `robustness`. Raise it when one of their values changes, then run `npx -y pnpm@12 golden`. */
export const version = 1
