// The location of a video or a text, as one absolute path or one URL, and the key that it has in the log. Called by the
// connections to players. A URL loses its user name and password here, before anything is stored or shown.

import * as path from 'node:path'

export function isUrl(location: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(location)
}

/** The location for a player's path, which is absolute, relative to its working directory, or a URL. */
export function locationOf(playerPath: string, workingDirectory: string | undefined): string {
  if (playerPath.startsWith('file://')) return decodeFileUrl(playerPath)
  if (isUrl(playerPath)) return withoutUser(playerPath)
  return path.resolve(workingDirectory ?? '.', playerPath)
}

export function withoutUser(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1')
}

export function videoKeyOf(location: string): string {
  return isUrl(location) ? `remote:${location}` : `local:${location}`
}

/**
 * Whether a location is ignored. A pattern matches anywhere in the path or URL, in upper or lower case; `*` stands for any
 * text, `?` for one character.
 */
export function ignoreRule(patterns: readonly string[]): (location: string) => boolean {
  const rules = patterns.map((pattern) => {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')
    return new RegExp(source, 'isu')
  })
  return (location) => rules.some((rule) => rule.test(location))
}

function decodeFileUrl(url: string): string {
  const encoded = url.slice('file://'.length)
  try {
    return path.resolve(decodeURIComponent(encoded))
  } catch {
    return path.resolve(encoded) // a stray % in a name that nobody encoded
  }
}
