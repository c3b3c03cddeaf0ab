// The line in one message of a text feed: plain text, or JSON with `text` or `sentence` in it. Pure.

/** The line, trimmed; undefined where the message has none. */
export function feedLine(message: string): string | undefined {
  const text = lineOf(message.trim()).trim()
  return text === '' ? undefined : text
}

/** JSON of any other form (a greeting, a heartbeat) has no line. Text that only looks like JSON is a line. */
function lineOf(message: string): string {
  if (!/^[{"]/.test(message)) return message
  let content: unknown
  try {
    content = JSON.parse(message)
  } catch {
    return message
  }
  if (typeof content === 'string') return content
  if (typeof content !== 'object' || content === null) return ''
  if ('text' in content && typeof content.text === 'string') return content.text
  if ('sentence' in content && typeof content.sentence === 'string') return content.sentence
  return ''
}
