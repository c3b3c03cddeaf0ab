// Texts that can be stored, and their length in bytes. Some databases cannot store NUL and lone surrogates: in free
// text they are replaced, and a key with them is refused, because replacing could make two keys one.

/** NUL and lone surrogates become U+FFFD. `isReplaced`: the answer differs from the given text. */
export function storableText(text: string): { readonly text: string; readonly isReplaced: boolean } {
  if (!mayBeUnstorable(text)) return { text, isReplaced: false }
  const storable = text.replace(UNSTORABLE, '\ufffd')
  return { text: storable, isReplaced: storable !== text }
}

/** With the `u` flag a surrogate pair is one character, so that only lone surrogates are of category Cs. */
const UNSTORABLE = /[\0\p{Cs}]/gu

/** A loop, because this runs on the player's thread for every line, and most lines hold neither. */
function mayBeUnstorable(text: string): boolean {
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
