// Checks the `storage` settings that reach an adapter, which is where a program's configuration enters it. Every adapter
// without settings of a server calls it once at open. An unknown key is an error, because a misspelt path would open
// another log.

import { ImmersionError } from '../../src/events/errors.js'
import { shownSetting } from '../../src/events/secrets.js'
import { unknownSetting } from './refusals.js'

/** Checks settings that are texts and not empty. Returns those that were given. */
export function checkStorageOptions<Key extends string>(
  provider: string,
  storage: Readonly<Record<string, unknown>>,
  allowed: readonly Key[],
): Readonly<Partial<Record<Key, string>>> {
  const checked: Partial<Record<Key, string>> = {}
  for (const [name, value] of Object.entries(storage)) {
    if (name === 'provider' || value === undefined) continue
    const key = allowed.find((one) => one === name)
    if (key === undefined) throw unknownSetting(provider, name, allowed)
    if (typeof value !== 'string' || value === '') {
      const key = `storage.${name}`
      throw new ImmersionError('INVALID_CONFIG', `${key} is ${shownSetting(name, value)}, not a text.`, {
        hint: 'Give a text that is not empty.',
        details: { key },
      })
    }
    checked[key] = value
  }
  return checked
}
