// A payload's text as the column holds it: without the frame `{"json":{…}}` that nearly every one has, 11 bytes in each
// event. Reversible for any text, so what is read is what was recorded, to the byte.

const FRAME_BEGIN = '{"json":{'
const FRAME_END = '}}'
const NO_FIELDS = `${FRAME_BEGIN}${FRAME_END}`
/** Before a text that begins neither with a brace nor with what a frame leaves behind. */
const AS_IT_IS = '='

/** What is left of a framed text begins with a quotation mark, or is empty; any other begins with a brace or the mark. */
export function packPayload(text: string | null): string | null {
  // None, or what only the database can refuse: a program may append what no type checked.
  if (typeof text !== 'string') return text
  if (text.startsWith('"', FRAME_BEGIN.length) && text.startsWith(FRAME_BEGIN) && text.endsWith(FRAME_END)) {
    return text.slice(FRAME_BEGIN.length, -FRAME_END.length)
  }
  if (text === NO_FIELDS) return ''
  return text.startsWith('{') ? text : AS_IT_IS + text
}

/** A text that was damaged comes out as another one, which its checksum tells. */
export function unpackPayload(stored: string | null): string | null {
  if (stored === null || stored.startsWith('{')) return stored
  return stored.startsWith(AS_IT_IS) ? stored.slice(1) : FRAME_BEGIN + stored + FRAME_END
}
