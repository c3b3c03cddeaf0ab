// Texts at the door: what is mended, what is refused, and how long is too long in bytes. NUL and lone surrogates are what
// some database cannot store; free text with them is mended, a key with them is refused, since mending would make two
// keys one.

export interface MendedText {
  readonly text: string
  readonly mended: boolean
}

/** NUL and lone surrogates become U+FFFD. */
export function mendText(text: string): MendedText {
  if (!mayNeedMending(text)) return { text, mended: false }
  const mendedText = text.replace(UNSTORABLE, '\ufffd')
  return { text: mendedText, mended: mendedText !== text }
}

/** With the `u` flag a pair is one letter, so that only lone surrogates are of category Cs. */
const UNSTORABLE = /[\0\p{Cs}]/gu

/** A loop, because this runs on the player's thread for every line, and most lines hold neither. */
function mayNeedMending(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit === 0 || (unit & 0xf800) === 0xd800) return true
  }
  return false
}

/** Whether a text has at most this many bytes of UTF-8. Counts only where its length leaves a doubt. */
export function fitsBytes(text: string, maxBytes: number): boolean {
  // A code unit is one to three bytes: a pair of them is four.
  if (text.length * 3 <= maxBytes) return true
  return text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes
}

/** At most this many code units from the start, never half a pair. */
export function headOf(text: string, maxUnits: number): string {
  if (text.length <= maxUnits) return text
  const last = text.charCodeAt(maxUnits - 1)
  const splitsPair = last >= 0xd800 && last < 0xdc00
  return text.slice(0, splitsPair ? maxUnits - 1 : maxUnits)
}
