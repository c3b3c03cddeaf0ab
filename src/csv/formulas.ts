// Cells that a spreadsheet would take for a formula: a title is somebody else's text, and `=HYPERLINK(…)` in it must stay
// text. An apostrophe in front says so to every spreadsheet; reading a log takes it off again.

/** Also in the wide forms that Japanese keyboards write. */
const BEGINS_FORMULA = /^[=+\-@\t\r\n＝＋－＠]/
const GUARDED = /^'[=+\-@\t\r\n＝＋－＠]/

export function withGuard(text: string): string {
  return BEGINS_FORMULA.test(text) ? `'${text}` : text
}

export function withoutGuard(text: string): string {
  return GUARDED.test(text) ? text.slice(1) : text
}
