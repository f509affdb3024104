/** A chart, what it says in a line, and the numbers behind it. */
export interface ChartView {
  readonly title: string
  readonly reading: string
  readonly svg: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}
