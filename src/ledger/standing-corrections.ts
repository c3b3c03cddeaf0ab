// The combined effect of all of the learner's corrections, whatever the order in which they arrived: which streams count, in
// which language, which keys are one video, and what that video is called. Of corrections of one thing the latest wins, by
// moment, stream and version. Pure; computed from all streams of the kind `correction` of a profile, which are few.

import { ImmersionError } from '../events/errors.js'
import { type CorrectionType, isCorrectionType } from '../events/types.js'
import type { LogSnapshot } from '../ports/event-log.js'
import { parseFacts, type StreamWithFacts } from './facts.js'

/** One act of the learner, as its stream records it. */
export interface Correction {
  readonly streamId: string
  readonly stream: number
  readonly type: CorrectionType
  readonly occurredAtMs: number
  readonly version: number
  readonly utcOffsetMin: number
  readonly payload: Readonly<Record<string, unknown>>
}

export interface StandingCorrections {
  /** The latest is the last. Without those that were erased. */
  readonly all: readonly Correction[]
  isErased(streamId: string): boolean
  /** Neither erased nor discarded. */
  isVisible(streamId: string): boolean
  /** The key under which a video is shown. */
  keyOf(videoKey: string): string
  /** The learner's names of the video, by field. */
  namesOf(videoKey: string): ReadonlyMap<string, unknown>
  /** The language to which a session was corrected, or null. */
  languageOf(sessionId: string): string | null
  /** Visible adjustments of a session. */
  adjustmentsOf(sessionId: string): readonly Correction[]
  /** Whether the video's row depends on more than the streams that name the video. */
  affectsVideo(videoKey: string): boolean
}

const NAME_FIELDS = ['title', 'series', 'season', 'episode'] as const

/** The correction of a stream, or null. A stream with a start is a session, whatever else it contains. */
function correctionOf({ row, facts }: StreamWithFacts): Correction | null {
  const fact = facts.get('correction')
  if (fact === undefined || facts.has('start')) return null
  const [type, utcOffsetMin, payload] = fact[0] as readonly [string, number, Record<string, unknown>]
  if (!isCorrectionType(type)) return null
  const { streamId, stream } = row
  return { streamId, stream, type, occurredAtMs: fact[2], version: fact[3], utcOffsetMin, payload }
}

/** Discards, restores and erasures decide which streams are visible. No correction can name one of them as its target. */
export function decidesVisibility(type: string): boolean {
  return type === 'stream.discarded' || type === 'stream.restored' || type === 'stream.erased'
}

/** The refusal of an event or a summary that would make a correction one of several events of its stream. */
export function sharedCorrection(streamId: string): ImmersionError {
  return new ImmersionError('IMPORT_INVALID', `stream ${streamId} would hold a correction and other events`, {
    hint: 'A correction is the only event of its stream. What is refused was not recorded by this program; leave it out.',
    details: { streamId },
  })
}

export async function readStandingCorrections(snapshot: LogSnapshot): Promise<StandingCorrections> {
  const rows = await snapshot.streams({ kind: 'correction' })
  return rows.length === 0
    ? NO_STANDING_CORRECTIONS
    : standingCorrectionsOf(rows.map((row) => ({ row, facts: parseFacts(row.facts) })))
}

/** The corrections among streams of any kind. */
export function standingCorrectionsOf(streams: Iterable<StreamWithFacts>): StandingCorrections {
  const all = Array.from(streams, correctionOf).filter((correction) => correction !== null)
  return all.length === 0 ? NO_STANDING_CORRECTIONS : combined(all.sort(inOrder))
}

function combined(recorded: readonly Correction[]): StandingCorrections {
  const erased = new Set(recorded.filter(({ type }) => type === 'stream.erased').map(targetOf))
  const all = recorded.filter(({ streamId, type }) => decidesVisibility(type) || !erased.has(streamId))
  const discarded = discardedBy(all)
  const isVisible = (streamId: string) => !erased.has(streamId) && !discarded.has(streamId)
  const visible = all.filter(({ streamId }) => isVisible(streamId))

  const shown = shownKeys(visible)
  const keyOf = (videoKey: string) => shown.get(videoKey) ?? videoKey
  const names = namesByVideo(visible)
  const { bySession, languages, videoKeys } = adjustmentsAmong(visible)
  const affected = new Set([...shown.values(), ...names.keys(), ...videoKeys.map(keyOf)])
  return {
    all,
    isErased: (streamId) => erased.has(streamId),
    isVisible,
    keyOf,
    namesOf: (videoKey) => names.get(videoKey) ?? NO_NAMES,
    languageOf: (sessionId) => languages.get(sessionId) ?? null,
    adjustmentsOf: (sessionId) => bySession.get(sessionId) ?? [],
    affectsVideo: (videoKey) => affected.has(videoKey),
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
  affectsVideo: () => false,
}

function discardedBy(all: readonly Correction[]): ReadonlySet<string> {
  const discarded = new Set<string>()
  for (const correction of all) {
    if (correction.type === 'stream.discarded') discarded.add(targetOf(correction))
    else if (correction.type === 'stream.restored') discarded.delete(targetOf(correction))
  }
  return discarded
}

/** The key under which each merged video is shown, by its own key. */
function shownKeys(visible: readonly Correction[]): ReadonlyMap<string, string> {
  const merges = new Map<string, string>()
  for (const { type, payload } of visible) {
    if (type === 'video.merged') merges.set(textIn(payload, 'videoKey'), textIn(payload, 'intoVideoKey'))
  }
  return new Map([...merges.keys()].map((key) => [key, shownUnder(key, merges)]))
}

/** The last key of a chain of merges, or the smallest key of a ring. */
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

function namesByVideo(visible: readonly Correction[]): ReadonlyMap<string, ReadonlyMap<string, unknown>> {
  const names = new Map<string, Map<string, unknown>>()
  for (const { type, payload } of visible) {
    if (type !== 'video.renamed') continue
    const videoKey = textIn(payload, 'videoKey')
    const fields = names.get(videoKey) ?? new Map<string, unknown>()
    names.set(videoKey, fields)
    for (const field of NAME_FIELDS) {
      const value = payload[field]
      if (value !== undefined && value !== null) fields.set(field, value)
    }
  }
  return names
}

/** Adjustments by session, the corrected language by session, and the videos that were adjusted on a date. */
function adjustmentsAmong(visible: readonly Correction[]) {
  const bySession = new Map<string, Correction[]>()
  const languages = new Map<string, string>()
  const videoKeys: string[] = []
  for (const correction of visible) {
    const { type, payload } = correction
    if (type !== 'session.adjusted') continue
    const { targetStreamId, targetLanguage } = payload
    if (typeof targetStreamId !== 'string') {
      videoKeys.push(textIn(payload, 'videoKey'))
      continue
    }
    const ofSession = bySession.get(targetStreamId)
    if (ofSession === undefined) bySession.set(targetStreamId, [correction])
    else ofSession.push(correction)
    if (typeof targetLanguage === 'string') languages.set(targetStreamId, targetLanguage)
  }
  return { bySession, languages, videoKeys }
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
