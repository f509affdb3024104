/**
 * Text towers of CLIP and SigLIP as tensor programs, their weights and their tokens. Pure: no files and no engine.
 * @module
 */
export type { TextTowerConfig } from './config.ts'
export { type TextTower, textTower } from './text-tower.ts'
export { type Tokenise, type TokenisedTexts, tokeniser } from './tokens.ts'
export { findText, type UnderstoodText, understandText } from './understand.ts'
