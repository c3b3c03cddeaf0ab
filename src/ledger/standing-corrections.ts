// What the learner's commands say together, whatever the order in which they arrived: which streams count, in which
// language, which keys are one video and what it is called. Of commands about one thing the latest wins, by moment, stream
// and version. Pure; made from all streams of the kind `correction` of a profile, which are few.

import { type CorrectionType, isCorrectionType } from '../events/types.js'
import type { LogSnapshot, StreamRow } from '../ports/event-log.js'
import { parseFacts, type StreamFacts } from './facts.js'

/** A learner's correction, as its stream says it. */
export interface Correction {
  readonly streamId: string
  readonly stream: number
  readonly type: CorrectionType
  readonly occurredAtMs: number
  readonly version: number
  readonly utcOffsetMin: number
  readonly payload: Readonly<Record<string, unknown>>
}

export interface CorrectionStream {
  readonly row: Pick<StreamRow, 'streamId' | 'stream'>
  readonly facts: StreamFacts
}

export interface StandingCorrections {
  /** Ascending in their order: the latest is the last. Without those that were erased. */
  readonly all: readonly Correction[]
  isErased(streamId: string): boolean
  /** Neither erased nor discarded. */
  isVisible(streamId: string): boolean
  /** The key under which a video shows. */
  keyOf(videoKey: string): string
  /** What the learner calls the video, by field. */
  namesOf(videoKey: string): ReadonlyMap<string, unknown>
  /** The language to which a session was corrected, or null. */
  languageOf(sessionId: string): string | null
  /** Visible adjustments of a session. */
  adjustmentsOf(sessionId: string): readonly Correction[]
  /** Whether the row of the video follows from more than the streams that name it. */
  concerns(videoKey: string): boolean
}

const NAME_FIELDS = ['title', 'series', 'season', 'episode'] as const

/** The correction of a stream, or null. A stream with a start is a session, whatever else it says. */
export function correctionOfStream({ row, facts }: CorrectionStream): Correction | null {
  const said = facts.get('correction')
  if (said === undefined || facts.has('start')) return null
  const [type, utcOffsetMin, payload] = said[0] as readonly [string, number, Record<string, unknown>]
  if (!isCorrectionType(type)) return null
  const { streamId, stream } = row
  return { streamId, stream, type, occurredAtMs: said[2], version: said[3], utcOffsetMin, payload }
}

/** Discards, restores and erasures: what is no target of any correction. */
export function isAboutStreams(type: string): boolean {
  return type === 'stream.discarded' || type === 'stream.restored' || type === 'stream.erased'
}

export async function readStandingCorrections(snapshot: LogSnapshot): Promise<StandingCorrections> {
  const rows = await snapshot.streams({ kind: 'correction' })
  return rows.length === 0
    ? NO_STANDING_CORRECTIONS
    : standingCorrectionsOf(rows.map((row) => ({ row, facts: parseFacts(row.facts) })))
}

/** Of any streams; those that are no commands are passed over. */
export function standingCorrectionsOf(streams: Iterable<CorrectionStream>): StandingCorrections {
  const all: Correction[] = []
  for (const stream of streams) {
    const correction = correctionOfStream(stream)
    if (correction !== null) all.push(correction)
  }
  return all.length === 0 ? NO_STANDING_CORRECTIONS : combined(all.sort(inOrder))
}

function combined(stated: readonly Correction[]): StandingCorrections {
  const erased = new Set(
    stated.flatMap((correction) => (correction.type === 'stream.erased' ? [targetOf(correction)] : [])),
  )
  const all = stated.filter(({ streamId, type }) => isAboutStreams(type) || !erased.has(streamId))
  const discarded = new Set<string>()
  for (const correction of all) {
    if (correction.type === 'stream.discarded') discarded.add(targetOf(correction))
    else if (correction.type === 'stream.restored') discarded.delete(targetOf(correction))
  }
  const isVisible = (streamId: string) => !erased.has(streamId) && !discarded.has(streamId)
  const merges = new Map<string, string>()
  const names = new Map<string, Map<string, unknown>>()
  const adjustments = new Map<string, Correction[]>()
  const languages = new Map<string, string>()
  const adjustedVideos: string[] = []
  for (const correction of all) {
    if (!isVisible(correction.streamId)) continue
    const { payload, type } = correction
    if (type === 'video.merged') merges.set(textIn(payload, 'videoKey'), textIn(payload, 'intoVideoKey'))
    else if (type === 'video.renamed') nameIn(names, payload)
    else if (type === 'session.adjusted' && typeof payload.targetStreamId === 'string') {
      const held = adjustments.get(payload.targetStreamId)
      if (held === undefined) adjustments.set(payload.targetStreamId, [correction])
      else held.push(correction)
      if (typeof payload.targetLanguage === 'string') languages.set(payload.targetStreamId, payload.targetLanguage)
    } else if (type === 'session.adjusted') adjustedVideos.push(textIn(payload, 'videoKey'))
  }
  const shown = new Map([...merges.keys()].map((key) => [key, shownUnder(key, merges)]))
  const keyOf = (videoKey: string) => shown.get(videoKey) ?? videoKey
  const concerned = new Set([...shown.values(), ...names.keys(), ...adjustedVideos.map(keyOf)])
  return {
    all,
    isErased: (streamId) => erased.has(streamId),
    isVisible,
    keyOf,
    namesOf: (videoKey) => names.get(videoKey) ?? NO_NAMES,
    languageOf: (sessionId) => languages.get(sessionId) ?? null,
    adjustmentsOf: (sessionId) => adjustments.get(sessionId) ?? [],
    concerns: (videoKey) => concerned.has(videoKey),
  }
}

const NO_NAMES: ReadonlyMap<string, unknown> = new Map()

export const NO_STANDING_CORRECTIONS: StandingCorrections = {
  all: [],
  isErased: () => false,
  isVisible: () => true,
  keyOf: (videoKey) => videoKey,
  namesOf: () => NO_NAMES,
  languageOf: () => null,
  adjustmentsOf: () => [],
  concerns: () => false,
}

/** Where the merges lead: to the last key, or to the smallest of a ring. */
function shownUnder(videoKey: string, merges: ReadonlyMap<string, string>): string {
  const path = [videoKey]
  for (;;) {
    const next = merges.get(path[path.length - 1] ?? videoKey)
    if (next === undefined) return path[path.length - 1] ?? videoKey
    const begin = path.indexOf(next)
    if (begin >= 0) return path.slice(begin).reduce((least, key) => (key < least ? key : least))
    path.push(next)
  }
}

function nameIn(names: Map<string, Map<string, unknown>>, payload: Correction['payload']): void {
  const videoKey = textIn(payload, 'videoKey')
  const fields = names.get(videoKey) ?? new Map<string, unknown>()
  names.set(videoKey, fields)
  for (const field of NAME_FIELDS) {
    const value = payload[field]
    if (value !== undefined && value !== null) fields.set(field, value)
  }
}

export function targetOf({ payload }: Pick<Correction, 'payload'>): string {
  return textIn(payload, 'targetStreamId')
}

function textIn(payload: Correction['payload'], field: string): string {
  const value = payload[field]
  return typeof value === 'string' ? value : ''
}

function inOrder(left: Correction, right: Correction): number {
  if (left.occurredAtMs !== right.occurredAtMs) return left.occurredAtMs - right.occurredAtMs
  if (left.streamId !== right.streamId) return left.streamId < right.streamId ? -1 : 1
  return left.version - right.version
}
