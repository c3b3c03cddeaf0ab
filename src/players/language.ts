// Turns a player's tag of a language into the language that rows are keyed by. Files have `jpn`, `ger`, `ja-JP` or no tag,
// and a learner's log should have one Japanese. Called by the player connections and by the commands for --lang.

import { scriptLanguage } from '../events/counting.js'

/** Wrong, but common in file names and tags. */
const COMMON_MISTAKES: Readonly<Record<string, string>> = { jp: 'ja', cn: 'zh' }

/** Tags that name no language. */
const NO_LANGUAGE: ReadonlySet<string> = new Set(['und', 'mul', 'mis', 'zxx', 'qaa'])

const names = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' })

/**
 * The language alone, in its shortest code (`jpn` and `ja-JP` are `ja`, `ger` is `de`): Intl knows the codes of ISO 639-2,
 * bibliographic ones too. Regions and scripts are left out, so that one language has one row. Undefined where the text
 * names no language that Intl knows.
 */
export function normaliseLanguage(tag: string): string | undefined {
  const plain = tag.trim().toLowerCase().replaceAll('_', '-')
  const primary = plain.split('-')[0] ?? ''
  try {
    const { language } = new Intl.Locale(COMMON_MISTAKES[primary] ?? plain)
    return NO_LANGUAGE.has(language) || names.of(language) === undefined ? undefined : language
  } catch {
    return undefined // not even shaped like a language tag
  }
}

/**
 * The language of lines without a tag, by their writing system. The first line whose script names a language decides for
 * all: a later one in another script is a quotation. Only Han without kana may turn out to be Japanese. Languages in Latin
 * letters cannot be distinguished.
 */
export function createScriptGuess(): (text: string) => string | undefined {
  let guess: string | undefined
  return (text) => {
    if (guess !== undefined && guess !== 'zh') return guess
    const language = scriptLanguage(text)
    if (language !== 'und' && (guess === undefined || isCorrection(guess, language))) guess = language
    return guess
  }
}

export function isCorrection(guess: string | undefined, language: string): boolean {
  return guess === 'zh' && language === 'ja'
}
