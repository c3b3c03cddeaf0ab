// The location of a video or a text, as one absolute path or one URL, and the key that it has in the log. Called by the
// connections to players. A URL loses its secrets here, before anything is stored or shown.

import * as path from 'node:path'
import { type Allowed, check } from '../events/argument-checks.js'
import { type IsVolatile, plainAddress } from './address.js'
import { containedPattern } from './wildcard-pattern.js'

const TEXT: Allowed = { holds: (value) => typeof value === 'string', allowed: 'text' }
const RULE: Allowed = {
  holds: (value) => value === undefined || typeof value === 'function',
  allowed: 'a function, or left out',
}

export function isUrl(location: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(location)
}

/**
 * The location for a player's path, which is absolute, relative to its working directory, or a URL. `isVolatile` names the
 * parameters of a URL that are left out; default: those of docs/reference/players.md. INVALID_ARGUMENT.
 */
export function locationOf(playerPath: string, workingDirectory = '.', isVolatile?: IsVolatile): string {
  check(TEXT, 'playerPath', playerPath)
  check(TEXT, 'workingDirectory', workingDirectory)
  check(RULE, 'isVolatile', isVolatile)
  if (/^file:/i.test(playerPath)) return pathOfFileUrl(playerPath)
  if (isUrl(playerPath)) return plainAddress(playerPath, isVolatile)
  return path.resolve(workingDirectory, playerPath)
}

/** `local:` with the path, or `remote:` with the plain address: `location` is an answer of locationOf. */
export function videoKeyOf(location: string): string {
  check(TEXT, 'location', location)
  return isUrl(location) ? `remote:${location}` : `local:${location}`
}

/**
 * Whether a location is ignored. A pattern matches anywhere in the path or URL, in upper or lower case; `*` stands for any
 * text, `?` for one character.
 */
export function ignoreRule(patterns: readonly string[]): (location: string) => boolean {
  const rules = patterns.map(containedPattern)
  return (location) => rules.some((rule) => rule.test(location))
}

/** The path, also of a URL, as it is read. */
export function pathOf(location: string): string {
  return isUrl(location) && URL.canParse(location) ? decoded(new URL(location).pathname) : location
}

/** `file:///a`, `file://localhost/a` and `file:/a` are one file. */
function pathOfFileUrl(url: string): string {
  return path.resolve(decoded(url.replace(/^file:(?:\/\/(?:localhost(?=\/))?)?/i, '')))
}

function decoded(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return encoded // a stray % in a name that nobody encoded
  }
}
