// Texts of the mix: subtitle lines of two languages with their counts, words that are looked up, notes that are made. A
// few thousand lines are put together once, because counting one costs more than everything else about it.

import { countLine } from '../src/events/counting.js'

/** Uniform in [0, 1). */
export type Random = () => number

/** mulberry32: small, quick, and good enough to look like a learner. Source: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function createRandom(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export interface Line {
  readonly text: string
  readonly chars: number
  readonly words: number
}

type Language = 'ja' | 'en'

const LINES = 1_500

const JA_BEGIN = [
  '昨日',
  '今日は',
  'あの時',
  '君が',
  '先生は',
  'やっぱり',
  'もしかして',
  'この町の',
  '誰も',
  '雨の日に',
]
const JA_MIDDLE = [
  '駅まで',
  '図書館で',
  '一緒に',
  '古い手紙を',
  '約束を',
  '新しい友達と',
  '何度も',
  '静かに',
  '本当の理由を',
]
const JA_END = [
  '歩いていった。',
  '思い出したんだ。',
  '忘れないでね。',
  '話してくれた。',
  '待っていたのに…',
  '分からなかった。',
  '行こうよ！',
  '見つけたの？',
]
const EN_BEGIN = [
  'Yesterday',
  'I think',
  'Nobody',
  'You said',
  'The teacher',
  'Maybe we',
  'After all this,',
  'In this town they',
]
const EN_MIDDLE = [
  'never really',
  'finally',
  'walked to the station and',
  'quietly',
  'would have',
  'found the old letter and',
  'still',
]
const EN_END = [
  'went home.',
  'told me the truth.',
  'forgot about it.',
  'waited for you.',
  'knew what to do…',
  'kept the promise.',
]
const JA_WORDS = ['約束', '手紙', '理由', '図書館', '思い出す', '忘れる', '静か', '友達', '見つける', '歩く']
const EN_WORDS = ['promise', 'letter', 'truth', 'quietly', 'station', 'to keep', 'to wait', 'finally']

const known = new Map<Language, readonly Line[]>()

export function linesOf(language: Language): readonly Line[] {
  const before = known.get(language)
  if (before !== undefined) return before
  const random = createRandom(language.length + language.charCodeAt(0))
  const parts = language === 'ja' ? [JA_BEGIN, JA_MIDDLE, JA_END] : [EN_BEGIN, EN_MIDDLE, EN_END]
  const lines = Array.from({ length: LINES }, () => {
    const text = parts.map((some) => pick(some, random)).join(language === 'ja' ? '' : ' ')
    return { text, ...countLine(text, language) }
  })
  known.set(language, lines)
  return lines
}

/** Half of the lookups say what was looked up. */
export function lookupOf(language: Language, random: Random): { readonly term: string } | null {
  return random() < 0.5 ? null : { term: pick(language === 'ja' ? JA_WORDS : EN_WORDS, random) }
}

export function cardOf(random: Random): { readonly noteIds: readonly number[] } {
  return { noteIds: [1_700_000_000_000 + Math.floor(random() * 1e11)] }
}

function pick<Value>(values: readonly Value[], random: Random): Value {
  return values[Math.floor(random() * values.length)] as Value
}
