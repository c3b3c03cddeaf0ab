// What the fact events of one stream say, field by field, and the text in which a stream's row keeps it. Folding commutes:
// each field remembers what orders it, and the later one stays, so any order of arrival gives the same text. Append,
// rebuild and verify fold events into it; attribution, videos and analytics read it.

import { ImmersionError } from '../events/errors.js'
import type { StreamKind } from '../events/rows.js'
import { type EndReason, isCorrectionType, type SessionFacts, type VideoFacts } from '../events/types.js'
import type { StreamRow } from '../ports/event-log.js'

/** A value with what orders it: the higher rank stays, then the later moment, then the higher version. */
export type Said = readonly [value: unknown, rank: number, occurredAtMs: number, version: number]

/** By field: `correction`, `start`, `end`, `session.locale`, `video.title`, `video.metadata.studio`. Never changed, only replaced. */
export type StreamFacts = ReadonlyMap<string, Said>

export const NO_FACTS: StreamFacts = new Map()

/** The part of a fact event that says something; payload in its current version. */
export interface FactEvent {
  readonly type: string
  readonly version: number
  readonly occurredAtMs: number
  readonly utcOffsetMin: number
  readonly payload: unknown
}

/** What a stream says of its session. */
export interface SessionStreamFacts {
  readonly videoKey: string
  /** The key before it was hashed for its length. */
  readonly originalVideoKey: string | null
  readonly startedAtMs: number
  readonly utcOffsetMin: number
  readonly session: SessionFacts
  /** Null until session.ended; then the session's end for the time being is StreamRow.lastAtMs. */
  readonly endedAtMs: number | null
  readonly endReason: EndReason | null
  /** The version that says the end: what comes behind it goes on after it. */
  readonly endVersion: number | null
}

const SESSION_FIELDS = ['locale', 'targetLanguage', 'difficultyTier', 'subtitleMode'] as const
const VIDEO_FIELDS = [
  'title',
  'series',
  'season',
  'episode',
  'sourceType',
  'path',
  'url',
  'durationMs',
  'fileSizeBytes',
  'codec',
  'container',
  'widthPx',
  'heightPx',
  'fpsX100',
  'bitrateKbps',
  'audioCodec',
  'hashSha256',
  'screenshotPath',
] as const

const METADATA = 'video.metadata.'

/** What was found out later beats what was said at the start, whichever way the clock jumped between. */
const SAID_AT_START = 0
const FOUND_OUT_LATER = 1

export function foldFact(facts: StreamFacts, event: FactEvent): StreamFacts {
  const next = new Map(facts)
  const say = (field: string, value: unknown, rank: number) => {
    if (value === undefined || value === null) return
    const said: Said = [value, rank, event.occurredAtMs, event.version]
    const held = next.get(field)
    if (held === undefined || saidLater(said, held)) next.set(field, said)
  }
  const payload = objectOf(event.payload)
  switch (event.type) {
    case 'session.started':
      if (typeof payload.videoKey !== 'string') break
      say('start', [payload.videoKey, payload.originalVideoKey ?? null, event.utcOffsetMin], SAID_AT_START)
      for (const field of SESSION_FIELDS) say(`session.${field}`, payload[field], SAID_AT_START)
      break
    case 'session.described':
      for (const field of SESSION_FIELDS) say(`session.${field}`, payload[field], FOUND_OUT_LATER)
      break
    case 'session.ended':
      say('end', payload.reason ?? 'closed', SAID_AT_START)
      break
    case 'video.described':
      for (const field of VIDEO_FIELDS) say(`video.${field}`, payload[field], SAID_AT_START)
      for (const [name, value] of Object.entries(objectOf(payload.metadata))) say(METADATA + name, value, SAID_AT_START)
      break
    default:
      if (isCorrectionType(event.type) && event.payload !== null) {
        say('correction', [event.type, event.utcOffsetMin, payload], SAID_AT_START)
      }
  }
  return next
}

/** The moment in whose quarter hour an event counts: an adjustment names one, everything else counts when it happened. */
export function countedMoment(payload: unknown, occurredAtMs: number): number {
  const { countedAtMs } = objectOf(payload)
  return typeof countedAtMs === 'number' ? countedAtMs : occurredAtMs
}

/** Where formatFacts ends a field and begins the first of the video's, which are the last by name. No value has this in it. */
const VIDEO_BEGINS = '],"video.'

/** Reads the session's own fields alone: a list of sessions asks this of each, and most of the text is the video's. */
export function sessionOf(row: Pick<StreamRow, 'facts'>): SessionStreamFacts | null {
  return readable(row.facts, () => {
    const end = row.facts.indexOf(VIDEO_BEGINS)
    const facts = objectOf(JSON.parse(end < 0 ? row.facts : `${row.facts.slice(0, end + 1)}}`))
    return sessionFrom((field) => (facts[field] === undefined ? undefined : checkSaid(field, facts[field])))
  })
}

export function sessionOfFacts(facts: StreamFacts): SessionStreamFacts | null {
  return sessionFrom((field) => facts.get(field))
}

function sessionFrom(said: (field: string) => Said | undefined): SessionStreamFacts | null {
  const start = said('start')
  if (start === undefined) return null
  const [videoKey, originalVideoKey, utcOffsetMin] = start[0] as readonly [string, string | null, number]
  const session: Partial<Record<(typeof SESSION_FIELDS)[number], string>> = {}
  for (const field of SESSION_FIELDS) {
    const value = said(`session.${field}`)?.[0]
    if (typeof value === 'string') session[field] = value
  }
  const end = said('end')
  return {
    videoKey,
    originalVideoKey,
    startedAtMs: start[2],
    utcOffsetMin,
    session,
    endedAtMs: end === undefined ? null : end[2],
    endReason: end === undefined ? null : (end[0] as EndReason),
    endVersion: end === undefined ? null : end[3],
  }
}

/** A stream with a start is a session, whatever else it contains. */
export function kindOf(facts: StreamFacts): StreamKind {
  if (facts.has('start')) return 'session'
  return facts.has('correction') ? 'correction' : 'unknown'
}

/** The video that the session's start names, null without a start. StreamRow.videoKey repeats it. */
export function videoKeyOf(facts: StreamFacts): string | null {
  const start = facts.get('start')
  return start === undefined ? null : (start[0] as readonly [string])[0]
}

/** Fields of the video, without the prefix; metadata as `metadata.<name>`. */
export function* videoFields(facts: StreamFacts): Iterable<readonly [field: string, said: Said]> {
  for (const [field, said] of facts) if (field.startsWith('video.')) yield [field.slice('video.'.length), said]
}

/** VideoFacts as text, fields in the order of their names, so that equal facts are equal texts. */
export function videoFactsText(fields: ReadonlyMap<string, unknown>): string {
  const plain: Record<string, unknown> = {}
  const metadata: Record<string, unknown> = {}
  for (const field of [...fields.keys()].sort()) {
    if (field.startsWith('metadata.')) metadata[field.slice('metadata.'.length)] = fields.get(field)
    else plain[field] = fields.get(field)
  }
  if (Object.keys(metadata).length > 0) plain.metadata = metadata
  return JSON.stringify(plain satisfies VideoFacts & Record<string, unknown>)
}

/** The reverse; null for a text that it would not write. */
export function videoFieldsOfText(text: string): Map<string, unknown> | null {
  try {
    const { metadata, ...plain } = objectOf(JSON.parse(text))
    const fields = new Map(Object.entries(plain))
    for (const [name, value] of Object.entries(objectOf(metadata))) fields.set(`metadata.${name}`, value)
    return fields
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Compact and in the order of field names: equal facts are equal texts. */
export function formatFacts(facts: StreamFacts): string {
  if (facts.size === 0) return '{}'
  return JSON.stringify(Object.fromEntries([...facts].sort(([left], [right]) => (left < right ? -1 : 1))))
}

/** STORAGE_CORRUPT for a text that formatFacts would not write. */
export function parseFacts(text: string): StreamFacts {
  if (text === '{}') return NO_FACTS
  return readable(text, () => {
    const facts = new Map<string, Said>()
    for (const [field, said] of Object.entries(objectOf(JSON.parse(text)))) facts.set(field, checkSaid(field, said))
    return facts
  })
}

function readable<T>(text: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new ImmersionError('STORAGE_CORRUPT', `the facts of a stream cannot be read: ${text.slice(0, 100)}`, {
      hint: 'Run `immersion rebuild --from-log`: it works out anew what whole streams say.',
      cause,
    })
  }
}

function checkSaid(field: string, said: unknown): Said {
  const [value, rank, occurredAtMs, version] = Array.isArray(said) ? said : []
  if (!Number.isSafeInteger(rank) || !Number.isSafeInteger(occurredAtMs) || !Number.isSafeInteger(version)) {
    throw new TypeError(`${field} is unordered`)
  }
  if (field === 'start' && !(Array.isArray(value) && typeof value[0] === 'string' && Number.isSafeInteger(value[2]))) {
    throw new TypeError('the start names no video')
  }
  if (field === 'correction' && !(Array.isArray(value) && typeof value[2] === 'object' && value[2] !== null)) {
    throw new TypeError('the command says nothing')
  }
  return [value, rank, occurredAtMs, version]
}

function saidLater(left: Said, right: Said): boolean {
  if (left[1] !== right[1]) return left[1] > right[1]
  if (left[2] !== right[2]) return left[2] > right[2]
  return left[3] > right[3]
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}
