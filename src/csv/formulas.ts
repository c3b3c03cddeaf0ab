// Cells that a spreadsheet would read as a formula: a title is foreign text, and `=HYPERLINK(…)` in it must stay text. An
// apostrophe in front makes it text in every spreadsheet. Reading a hand-kept log removes it again.

/** Also in the wide forms that Japanese keyboards write. */
const BEGINS_FORMULA = /^[=+\-@\t\r\n＝＋－＠]/
const GUARDED = /^'[=+\-@\t\r\n＝＋－＠]/

export function withGuard(text: string): string {
  return BEGINS_FORMULA.test(text) ? `'${text}` : text
}

export function withoutGuard(text: string): string {
  return GUARDED.test(text) ? text.slice(1) : text
}
