// Cells that a spreadsheet would read as a formula: a title is foreign text, and `=HYPERLINK(…)` in it must stay text. An
// apostrophe in front makes it text in every spreadsheet. A text that has such an apostrophe itself gets one more, so that no
// two texts are written alike. Reading a hand-kept log removes one again.

/** The wide forms are those that Japanese keyboards write. */
const NEEDS_GUARD = /^'*[=+\-@\t\r\n＝＋－＠]/
const GUARDED = /^'+[=+\-@\t\r\n＝＋－＠]/

export function withGuard(text: string): string {
  return NEEDS_GUARD.test(text) ? `'${text}` : text
}

export function withoutGuard(text: string): string {
  return GUARDED.test(text) ? text.slice(1) : text
}
