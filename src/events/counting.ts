// Counts of a subtitle line: `chars` and `words` of what is read of it (read-text.ts). The worker counts when it encodes a line
// (10–16 µs each); only a line that overflow sheds is counted on the caller's thread.

import type { SparseMeasures } from './measures.js'
import { readText, stripMarkup } from './read-text.js'
import type { TrackingEvent } from './types.js'

/** The measures of an event with the counts that its line still lacks (`countIn`). The caller's own counts stay. */
export function countedMeasures(event: TrackingEvent): SparseMeasures {
  if (event.countIn === undefined) return event.measures
  const text = event.payload?.text
  if (typeof text !== 'string') return event.measures
  const { chars, words } = countLine(text, event.countIn)
  return { ...event.measures, chars: event.measures.chars ?? chars, words: event.measures.words ?? words }
}

/**
 * `chars`: letters and digits (Unicode L and N). ー and 々 are letters. A combining mark is part of its letter and adds
 * nothing, so é counts 1 in either form. `words`: segments that Intl.Segmenter calls word-like, numbers among them.
 */
export function countLine(text: string, language: string): { readonly chars: number; readonly words: number } {
  const plain = readText(text)
  const chars = charCountOf(plain)
  if (chars === 0) return { chars: 0, words: 0 }
  let words = 0
  for (const segment of segmenterOf(language).segment(plain)) if (segment.isWordLike === true) words++
  return { chars, words }
}

/** `chars` alone, of a text that is read as it stands. */
export function charCountOf(plain: string): number {
  let chars = 0
  for (const _letter of plain.matchAll(LETTERS_AND_DIGITS)) chars++
  return chars
}

const LETTERS_AND_DIGITS = /[\p{L}\p{N}]/gu

/** Languages in one process are few; the limit is for a feed that names a new one each time. */
const SEGMENTERS_MAX = 32
/** Counts words where the language is unknown. The machine's own language would make counts differ by machine. */
const ROOT_LANGUAGE = 'en'
const segmenters = new Map<string, Intl.Segmenter>()

function segmenterOf(language: string): Intl.Segmenter {
  const known = segmenters.get(language)
  if (known !== undefined) return known
  if (segmenters.size >= SEGMENTERS_MAX) segmenters.clear()
  const segmenter = new Intl.Segmenter([...supported(language), ROOT_LANGUAGE], { granularity: 'word' })
  segmenters.set(language, segmenter)
  return segmenter
}

function supported(language: string): readonly string[] {
  try {
    return Intl.Segmenter.supportedLocalesOf(language)
  } catch (error) {
    // Not a language tag: players pass on any text that a file has in its place.
    if (error instanceof RangeError) return []
    throw error
  }
}

/** Scripts that (nearly) name a language. Latin names none. */
const SCRIPT_LANGUAGES: readonly (readonly [string, RegExp])[] = [
  ['ja', /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['zh', /\p{Script=Han}/gu],
  ['ko', /\p{Script=Hangul}/gu],
  ['ru', /\p{Script=Cyrillic}/gu],
  ['el', /\p{Script=Greek}/gu],
  ['ar', /\p{Script=Arabic}/gu],
  ['he', /\p{Script=Hebrew}/gu],
  ['hi', /\p{Script=Devanagari}/gu],
  ['bn', /\p{Script=Bengali}/gu],
  ['ta', /\p{Script=Tamil}/gu],
  ['te', /\p{Script=Telugu}/gu],
  ['th', /\p{Script=Thai}/gu],
  ['lo', /\p{Script=Lao}/gu],
  ['km', /\p{Script=Khmer}/gu],
  ['my', /\p{Script=Myanmar}/gu],
  ['ka', /\p{Script=Georgian}/gu],
  ['hy', /\p{Script=Armenian}/gu],
  ['am', /\p{Script=Ethiopic}/gu],
  ['und', /\p{Script=Latin}/gu],
]
/** A shorter line in Chinese characters alone may as well be Japanese (了解, 東京駅). */
const CHINESE_MIN_CHARS = 5

/**
 * The language that the script of a text names, `und` where it names none: Latin script, no letters, or a few Chinese
 * characters without kana. The script with the most letters decides; Chinese characters with kana among them are Japanese.
 */
export function scriptLanguage(text: string): string {
  const plain = stripMarkup(text)
  const counts = new Map<string, number>()
  for (const [language, script] of SCRIPT_LANGUAGES) counts.set(language, plain.match(script)?.length ?? 0)
  const kana = counts.get('ja') ?? 0
  const chinese = counts.get('zh') ?? 0
  if (kana > 0) counts.set('ja', kana + chinese)
  else if (chinese < CHINESE_MIN_CHARS) counts.set('und', (counts.get('und') ?? 0) + chinese)
  if (kana > 0 || chinese < CHINESE_MIN_CHARS) counts.set('zh', 0)
  let found = 'und'
  for (const [language, count] of counts) if (count > (counts.get(found) ?? 0)) found = language
  return found
}
