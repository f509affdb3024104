/** JSON inside a `<script>` element, which no text of a record can end. */
export const inlineJson = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c')
