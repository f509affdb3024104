import type { Translation, Translations } from '../operation.ts'

/** One of two branches, where no image changes which. */
const If: Translation = operation => {
  const [condition] = operation.numbers(0, 'a condition').data
  return operation.graph.run(operation.branch(condition === 0 ? 'else_branch' : 'then_branch'))
}

/** Control flow that is known when a file is opened. */
export const control: Translations = { If }
