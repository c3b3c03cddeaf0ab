// Counts of a subtitle line: `chars` and `words`. The worker counts when it encodes a line (10–16 µs each); only a line
// that overflow sheds is counted on the caller's thread. Markup is taken off first: mpv strips it, text feeds do not.

import type { SparseMeasures } from './measures.js'
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
  const plain = stripMarkup(text)
  let chars = 0
  for (const _letter of plain.matchAll(LETTERS_AND_DIGITS)) chars++
  if (chars === 0) return { chars: 0, words: 0 }
  let words = 0
  for (const segment of segmenterOf(language).segment(plain)) if (segment.isWordLike === true) words++
  return { chars, words }
}

const LETTERS_AND_DIGITS = /[\p{L}\p{N}]/gu

/** The line as it is read: without tags, override blocks and the readings beside ruby text. */
export function stripMarkup(text: string): string {
  if (!MAY_HOLD_MARKUP.test(text)) return text
  return text
    .replace(OVERRIDE_BLOCK, '')
    .replace(RUBY_READING, '')
    .replace(LINE_BREAK, '\n')
    .replace(TAG, '')
    .replace(ENTITY, (entity, name: string) => NAMED_ENTITIES.get(name.toLowerCase()) ?? numericEntity(entity, name))
}

const MAY_HOLD_MARKUP = /[<{&\\]/
/** `{\an8}`, `{\pos(1,2)\i1}`: Advanced SubStation. Braces without a backslash are text. */
const OVERRIDE_BLOCK = /\{\\[^{}]*\}/g
/** The reading that stands above ruby text is no word of its own. Up to its end tag, or to the next part of the ruby. */
const RUBY_READING = /<r[tp]\b[^<>]*>[^<]*(?:<\/r[tp]>)?/gi
const LINE_BREAK = /<br\s*\/?>|\\[Nnh]/g
/** Tags of SubRip, WebVTT (with its `<00:00:01.500>`) and HTML by name, so that `a < b` stays as it is. */
const TAG = /<\/?(?:i|b|u|s|em|strong|font|span|ruby|rb|rt|rp|rtc|c|v|lang|p|div)(?:[\s.][^<>]*)?>|<\d[\d:.]*>/gi
const ENTITY = /&(#\d{1,7}|#x[\da-f]{1,6}|[a-z]{2,6});/gi
const NAMED_ENTITIES: ReadonlyMap<string, string> = new Map(
  Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', lrm: '', rlm: '' }),
)
const LAST_CODE_POINT = 0x10ffff

function numericEntity(entity: string, name: string): string {
  if (!name.startsWith('#')) return entity
  const hexadecimal = name[1] === 'x' || name[1] === 'X'
  const point = hexadecimal ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10)
  return point > LAST_CODE_POINT ? entity : String.fromCodePoint(point)
}

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
