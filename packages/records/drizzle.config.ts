/**
 * After a change of `src/store/tables.ts`, write the next migration from this folder:
 *
 *     pnpm --package=drizzle-kit --package=drizzle-orm dlx drizzle-kit generate --name <what-changed>
 *
 * and run the root script `fix`. Migrations that were committed are never edited: their hash is in every database.
 */
export default { dialect: 'sqlite', schema: './src/store/tables.ts', out: './migrations' }
