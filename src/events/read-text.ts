// What is read of a subtitle line: without markup and drawings, and without the readings, speakers' names and descriptions of
// sound that stand beside what is said. Counts are made of it, and the recorded payload keeps the text as it came. Players
// strip some of it, text feeds nothing. docs/how-it-works/time-and-lines.md shows each rule with examples.

import { createRequire } from 'node:module'

/** The line as a learner reads it. Half-width kana are written out in full width: ｶﾞ is ガ, one letter. */
export function readText(text: string): string {
  if (!MAY_READ_OTHERWISE.test(text)) return text
  const plain = stripMarkup(text)
  const said = MAY_HOLD_UNREAD.test(plain) ? withoutUnread(plain) : plain
  return said.replace(HALF_WIDTH_KANA, (kana) => kana.normalize('NFKC'))
}

/** The line without tags, override blocks, drawings and the readings beside ruby text. */
export function stripMarkup(text: string): string {
  if (!MAY_HOLD_MARKUP.test(text)) return DRAWING.test(text) ? '' : text
  const plain = text
    .replace(DRAWN, '')
    .replace(OVERRIDE_BLOCK, '')
    .replace(RUBY_READING, '')
    .replace(LINE_BREAK, (found) => (found.startsWith('\\') || found.startsWith('<') ? '\n' : found))
    .replace(TAG, '')
  return DRAWING.test(plain) ? '' : withoutEntities(plain).replace(MARKS_OF_DIRECTION, '').replaceAll('\u00a0', ' ')
}

type Decode = (text: string) => string
const require = createRequire(import.meta.url)
let decodeHTML: Decode | undefined

/** Loaded for the first text that may hold an entity, because its table takes 10 ms, in each thread of a store. */
function withoutEntities(text: string): string {
  if (!text.includes('&')) return text
  decodeHTML ??= (require('entities/decode') as { readonly decodeHTML: Decode }).decodeHTML
  return decodeHTML(text)
}

/** Most lines have none of these, and a call of the tracker has a microsecond. */
const MAY_READ_OTHERWISE = /[<{&\\([\uff08\uff3b\u300a\u300c\u300e:\uff1a\uff66-\uff9f]|^\s*m\s/
const MAY_HOLD_MARKUP = /[<{&\\]/
/** From `{\p1}`, which begins a drawing of Advanced SubStation, to `{\p0}` or the end. */
const DRAWN = /\{[^{}]*\\p[1-9][^{}]*\}(?:(?!\{[^{}]*\\p0)[\s\S])*/g
/** A drawing whose override block a player has stripped: `m 0 0 l 300 0 300 100`. */
const DRAWING = /^\s*m\s+-?[\d.]+\s+-?[\d.]+(?:\s+(?:[mnlbspc]|-?[\d.]+))+\s*$/
/** `{\an8}`, `{\pos(1,2)\i1}`: Advanced SubStation. Braces without a backslash are text. */
const OVERRIDE_BLOCK = /\{\\[^{}]*\}/g
/** The reading that stands above ruby text is no word of its own. Up to its end tag, or to the next part of the ruby. */
const RUBY_READING = /<r[tp]\b[^<>]*>[^<]*(?:<\/r[tp]>)?/gi
/** Also finds paths of Windows, which stay: the N of `C:\New` is a letter. */
const LINE_BREAK = /<br\s*\/?>|\b[a-z]:\\\S*|\\[Nnh]/gi
const ELEMENTS = [
  'a|abbr|acronym|address|article|aside|audio|b|bdi|bdo|big|blink|blockquote|body|br|button|c|canvas|center|cite|code',
  'col|colgroup|data|dd|del|details|dfn|dialog|dir|div|dl|dt|em|figcaption|figure|font|footer|form|h[1-6]|head|header|hr',
  'html|i|iframe|img|input|ins|kbd|label|lang|legend|li|link|main|map|mark|marquee|meta|nav|nobr|ol|option|p|picture|pre',
  'q|rb|rp|rt|rtc|ruby|s|samp|script|section|select|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody',
  'td|textarea|tfoot|th|thead|time|title|tr|track|tt|u|ul|v|var|video|wbr|[a-z]+-[a-z-]+',
].join('|')
/** Tags of HTML, SubRip and WebVTT (with its `<00:00:01.500>`) by name, so that `a < b` and `<laughs>` stay; comments too. */
const TAG = new RegExp(
  `</?(?:${ELEMENTS})(?:[\\s./](?:"[^"<]*"|'[^'<]*'|[^"'<>])*)?>|<\\d[\\d:.]*>|<!--(?:(?!<!--|-->)[\\s\\S])*-->`,
  'gi',
)
const MARKS_OF_DIRECTION = /[\u200e\u200f]/g

const MAY_HOLD_UNREAD = /[([\uff08\uff3b\u300a\u300c\u300e:\uff1a]/
const HALF_WIDTH_KANA = /[\uff66-\uff9f]+/g

function withoutUnread(text: string): string {
  return text.replace(READING, '').split('\n').map(spoken).join('\n')
}

/** Kana in brackets behind kanji: 叫(かな)う, ｜漢字《かんじ》. */
const READING =
  /(?<=[\p{Script=Han}\u3005\u3006\u30f6])(?:[(\uff08\u300a][\p{Script=Hiragana}\p{Script=Katakana}\u30fc\u30fb \u3000]+[)\uff09\u300b])/gu

/** One row of a line without who speaks and what sounds. */
function spoken(row: string): string {
  const said = row.replace(SOUND, '').replace(ROUND_AT_EDGE, '').replace(SPEAKER, '')
  return QUOTED.exec(said)?.groups?.said ?? said
}

/** [ドアが閉まる音], [thunder]: square brackets stand around what is heard or who speaks. */
const SOUND = /\[[^[\]]*\]|\uff3b[^\uff3b\uff3d]*\uff3d/g
/** Round brackets that begin or end a row: (太郎), (thunder). Within a row they hold a part of what is said. */
const ROUND_AT_EDGE =
  /^[\s\-\u2010-\u2015]*(?:\([^()]*\)|\uff08[^\uff08\uff09]*\uff09)|(?:\([^()]*\)|\uff08[^\uff08\uff09]*\uff09)\s*$/g
/** `MAN:` and `DR. WHO #2:` of captions for the deaf, in capitals, or up to eight letters of Chinese or Japanese. */
const SPEAKER =
  /^[\s\-\u2010-\u2015>]*(?:\p{Lu}[\p{Lu}\d .'#-]{0,30}:(?=\s|$)|[\p{Script=Han}\p{Script=Katakana}\p{Script=Hiragana}\u30fc\u3005\u30fb]{1,8}[:\uff1a])/u
/** A name before a quotation that fills the row: 太郎「行こう」. */
const QUOTED =
  /^\s*[^\s\u300c\u300d\u300e\u300f\u3001\u3002\uff01\uff1f!?]{1,12}[\u300c\u300e](?<said>[^\u300c\u300d\u300e\u300f]*)[\u300d\u300f]?\s*$/u
