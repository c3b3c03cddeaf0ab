// The learner's patterns for files, addresses and parameters: `*` stands for any text, `?` for one character. Upper and
// lower case are the same.

/** Matches a complete text. */
export function wildcardPattern(pattern: string): RegExp {
  return new RegExp(`^${sourceOf(pattern)}$`, 'isu')
}

/** Matches a text that contains the pattern. */
export function containedPattern(pattern: string): RegExp {
  return new RegExp(sourceOf(pattern), 'isu')
}

function sourceOf(pattern: string): string {
  return pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
}
