// What players call a language, as the language that rows are keyed by. Files say `jpn`, `ger`, `ja-JP` or nothing at
// all; a learner's log should know one Japanese. Called by the player connections and by the commands for --lang.

import { scriptLanguage } from '../events/counting.js'

/** Wrong, but common in file names and tags. */
const COMMON_MISTAKES: Readonly<Record<string, string>> = { jp: 'ja', cn: 'zh' }

/** Tags that say that there is nothing to say. */
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
 * The language of lines that nobody names, by their writing system. The first line that tells decides for all: a later one
 * in another script is a quotation. Only Han without kana may turn out to be Japanese. Languages in Latin letters are not
 * told apart.
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
