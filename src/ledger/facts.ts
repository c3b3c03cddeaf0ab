// The facts of one stream, folded from its fact events, and the text in which the stream's row keeps them. Folding commutes:
// each field keeps the value that is last in a fixed order, so every order of arrival gives the same text.
// Append and rebuild fold events into facts. Attribution, videos and analytics read them.

import { SESSION_FIELDS, VIDEO_FIELDS } from '../events/event-types.js'
import type { StreamKind, StreamRow } from '../events/rows.js'
import { type EndReason, isCorrectionType, type SessionFacts, type VideoFacts } from '../events/types.js'
import { unreadableColumn } from './coverage.js'

/** A value and its place in the order of a field's values: by rank, then by moment, then by version. The last one stays. */
export type FactValue = readonly [value: unknown, rank: number, occurredAtMs: number, version: number]

/** Values by field: `correction`, `start`, `end`, `session.locale`, `video.title`, `video.metadata.studio`. Never changed, only replaced. */
export type StreamFacts = ReadonlyMap<string, FactValue>

/** Facts that events are being folded into. */
export type OpenFacts = Map<string, FactValue>

export const NO_FACTS: StreamFacts = new Map()

export interface StreamWithFacts {
  readonly row: StreamRow
  readonly facts: StreamFacts
}

/** The part of a fact event that facts are made of; the payload is in its current version. */
export interface FactEvent {
  readonly type: string
  readonly version: number
  readonly occurredAtMs: number
  readonly utcOffsetMin: number
  readonly payload: unknown
}

/** The facts of a session. */
export interface SessionStreamFacts {
  readonly videoKey: string
  /** The key before it was hashed for its length. */
  readonly originalVideoKey: string | null
  readonly startedAtMs: number
  readonly utcOffsetMin: number
  readonly session: SessionFacts
  /** Null without session.ended: until then the session ends at StreamRow.lastAtMs. */
  readonly endedAtMs: number | null
  readonly endReason: EndReason | null
  /** Version of session.ended. A higher version means that the session went on. */
  readonly endVersion: number | null
}

const SESSION_FACTS = Object.keys(SESSION_FIELDS)
/** Metadata is folded name by name. */
const VIDEO_FACTS = Object.keys(VIDEO_FIELDS).filter((name) => name !== 'metadata')

const METADATA = 'video.metadata.'

/** A session.described outranks the start, even where the clock was set back between the two. */
const RANK_OF_START = 0
const RANK_OF_DESCRIPTION = 1

/** Folds the event into `facts`, and returns them. */
export function foldFact(facts: OpenFacts, event: FactEvent): OpenFacts {
  const fold = (field: string, value: unknown, rank = RANK_OF_START) => {
    if (value === undefined || value === null) return
    const found: FactValue = [value, rank, event.occurredAtMs, event.version]
    const held = facts.get(field)
    if (held === undefined || isLater(found, held)) facts.set(field, found)
  }
  const payload = objectOf(event.payload)
  switch (event.type) {
    case 'session.started':
      if (typeof payload.videoKey !== 'string') break
      fold('start', [payload.videoKey, payload.originalVideoKey ?? null, event.utcOffsetMin])
      for (const field of SESSION_FACTS) fold(`session.${field}`, payload[field])
      break
    case 'session.described':
      for (const field of SESSION_FACTS) fold(`session.${field}`, payload[field], RANK_OF_DESCRIPTION)
      break
    case 'session.ended':
      fold('end', payload.reason ?? 'closed')
      break
    case 'video.described':
      for (const field of VIDEO_FACTS) fold(`video.${field}`, payload[field])
      for (const [name, value] of Object.entries(objectOf(payload.metadata))) fold(METADATA + name, value)
      break
    default:
      if (isCorrectionType(event.type) && event.payload !== null) {
        fold('correction', [event.type, event.utcOffsetMin, payload])
      }
  }
  return facts
}

/** The moment in whose quarter hour an event counts: an adjustment names one, every other event counts when it happened. */
export function countedMoment(payload: unknown, occurredAtMs: number): number {
  const { countedAtMs } = objectOf(payload)
  return typeof countedAtMs === 'number' ? countedAtMs : occurredAtMs
}

/** The end of a field and the begin of the video's first field in formatFacts. The video's fields are the last by name. */
const VIDEO_BEGINS = '],"video.'

/** Reads the session's own fields alone, because a list of sessions reads many rows, and most of their text is the video's. */
export function sessionOf(row: Pick<StreamRow, 'facts'>): SessionStreamFacts | null {
  return readable(row.facts, () => {
    const end = row.facts.indexOf(VIDEO_BEGINS)
    const facts = objectOf(JSON.parse(end < 0 ? row.facts : `${row.facts.slice(0, end + 1)}}`))
    return sessionFrom((field) => (facts[field] === undefined ? undefined : checkedValue(field, facts[field])))
  })
}

export function sessionOfFacts(facts: StreamFacts): SessionStreamFacts | null {
  return sessionFrom((field) => facts.get(field))
}

function sessionFrom(factOf: (field: string) => FactValue | undefined): SessionStreamFacts | null {
  const start = factOf('start')
  if (start === undefined) return null
  const [videoKey, originalVideoKey, utcOffsetMin] = start[0] as readonly [string, string | null, number]
  const session: Partial<Record<(typeof SESSION_FACTS)[number], string>> = {}
  for (const field of SESSION_FACTS) {
    const value = factOf(`session.${field}`)?.[0]
    if (typeof value === 'string') session[field] = value
  }
  const end = factOf('end')
  return {
    videoKey,
    originalVideoKey,
    startedAtMs: start[2],
    utcOffsetMin,
    session,
    endedAtMs: end?.[2] ?? null,
    endReason: end === undefined ? null : (end[0] as EndReason),
    endVersion: end?.[3] ?? null,
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
export function* videoFields(facts: StreamFacts): Iterable<readonly [field: string, value: FactValue]> {
  for (const [field, value] of facts) if (field.startsWith('video.')) yield [field.slice('video.'.length), value]
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

/** The reverse; null for a text that videoFactsText would not write. */
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
  const sorted: Record<string, FactValue | undefined> = {}
  for (const field of [...facts.keys()].sort()) sorted[field] = facts.get(field)
  return JSON.stringify(sorted)
}

/** STORAGE_CORRUPT for a text that formatFacts would not write. */
export function parseFacts(text: string): StreamFacts {
  if (text === '{}') return NO_FACTS
  return readable(text, () => {
    const facts = new Map<string, FactValue>()
    for (const [field, value] of Object.entries(objectOf(JSON.parse(text))))
      facts.set(field, checkedValue(field, value))
    return facts
  })
}

function readable<T>(text: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw unreadableColumn('facts', text, cause)
  }
}

function checkedValue(field: string, stored: unknown): FactValue {
  const [value, rank, occurredAtMs, version] = Array.isArray(stored) ? stored : []
  if (!Number.isSafeInteger(rank) || !Number.isSafeInteger(occurredAtMs) || !Number.isSafeInteger(version)) {
    throw new TypeError(`${field} has no place in the order`)
  }
  if (field === 'start' && !(Array.isArray(value) && typeof value[0] === 'string' && Number.isSafeInteger(value[2]))) {
    throw new TypeError('the start names no video')
  }
  if (field === 'correction' && !(Array.isArray(value) && typeof value[2] === 'object' && value[2] !== null)) {
    throw new TypeError('the correction has no payload')
  }
  return [value, rank, occurredAtMs, version]
}

function isLater(left: FactValue, right: FactValue): boolean {
  if (left[1] !== right[1]) return left[1] > right[1]
  if (left[2] !== right[2]) return left[2] > right[2]
  return left[3] > right[3]
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}
