// Checks the `storage` settings that reach an adapter: the door through which a program's configuration enters it.
// Every adapter calls it once at open. An unknown key is an error, because a misspelt path would open another log.

import { ImmersionError } from '../src/events/errors.js'
import { shownSetting } from '../src/events/secrets.js'

type OptionType = 'text' | 'integer' | 'list'

/** `allowed` names each key and its type; the answer holds the checked values, absent ones left out. */
export function checkStorageOptions(
  provider: string,
  storage: Readonly<Record<string, unknown>>,
  allowed: Readonly<Record<string, OptionType>>,
): Readonly<Record<string, unknown>> {
  const checked: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(storage)) {
    if (key === 'provider' || value === undefined) continue
    const type = allowed[key]
    if (type === undefined) {
      throw new ImmersionError('INVALID_CONFIG', `storage.${key} is not a setting of provider ${provider}`, {
        hint: `Allowed: ${Object.keys(allowed).join(', ') || 'none'}.`,
        details: { key: `storage.${key}`, allowed: Object.keys(allowed) },
      })
    }
    if (!isOfType(value, type)) {
      throw new ImmersionError('INVALID_CONFIG', `storage.${key} is ${shownSetting(key, value)}, not ${NAMES[type]}`, {
        hint: `Give ${NAMES[type]}.`,
        details: { key: `storage.${key}` },
      })
    }
    checked[key] = value
  }
  return checked
}

const NAMES: Readonly<Record<OptionType, string>> = {
  text: 'a text that is not empty',
  integer: 'an integer',
  list: 'a list',
}

function isOfType(value: unknown, type: OptionType): boolean {
  if (type === 'text') return typeof value === 'string' && value !== ''
  if (type === 'integer') return Number.isSafeInteger(value)
  return Array.isArray(value)
}
