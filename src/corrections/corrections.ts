// States the learner's commands: looks whether what they name is there, makes each an event in a stream of its own, and
// appends it like any other. Called by the engine. A request carries the id of its correction, so it is harmless to send twice.

import type { Appender } from '../append/append.js'
import { isoToDay, localDayOf } from '../events/calendar.js'
import type { WallClock } from '../events/clock.js'
import { encodeEvent } from '../events/codec.js'
import { ImmersionError } from '../events/errors.js'
import { uuidV8FromSha256 } from '../events/ids.js'
import {
  addSums,
  MEASURE_INDEX,
  type MeasureName,
  measuresOf,
  type SparseMeasures,
  zeroSums,
} from '../events/measures.js'
import { DAY_MS, MINUTE_MS, QUARTER_MS } from '../events/time-units.js'
import type { CorrectionType, NewEvent, TrackingEvent } from '../events/types.js'
import { checkTrackingEvent } from '../events/validation.js'
import { sessionOf } from '../ledger/facts.js'
import {
  type Correction,
  isAboutStreams,
  readStandingCorrections,
  type StandingCorrections,
  targetOf,
} from '../ledger/standing-corrections.js'
import type {
  Adjustment,
  CorrectionAnswer,
  CorrectionRequest,
  Corrections,
  VideoAdjustment,
  VideoNames,
} from '../ports/correction-types.js'
import type { EventLog } from '../ports/event-log.js'
import { listCorrections } from './list-corrections.js'
import { type Reading, refusal, refuseUnknownVideo, sessionRow, unknownSession } from './targets.js'

export interface CorrectionsEngine {
  correct(request: CorrectionRequest): Promise<CorrectionAnswer>
  list: Corrections['list']
}

export interface CorrectionsOptions {
  readonly log: EventLog
  readonly profile: string
  readonly appender: Appender
  readonly clock: WallClock
}

/** A correction that is about to be stated; its time and its id follow. */
interface Stated {
  readonly type: CorrectionType
  readonly payload: Readonly<Record<string, unknown>>
  readonly measures?: SparseMeasures
  readonly utcOffsetMin?: number
}

export function createCorrections({ log, profile, appender, clock }: CorrectionsOptions): CorrectionsEngine {
  async function correct(request: CorrectionRequest): Promise<CorrectionAnswer> {
    const events = await log.read(profile, async (snapshot) => {
      const corrections = await readStandingCorrections(snapshot)
      const [recorded] = await snapshot.streams({ streamIds: [request.correctionId] })
      if (recorded !== undefined) return []
      const stated = await statedBy({ snapshot, corrections, clock }, request)
      return stated.map((one, index) => eventOf(one, correctionIdOf(request.correctionId, index), corrections, clock))
    })
    const { asOfRevision } = await appender.append(events)
    return { correctionIds: events.map(({ streamId }) => streamId), asOfRevision }
  }

  return { correct, list: () => log.read(profile, listCorrections) }
}

/** Arguments come from other threads and command lines: what is not as typed is refused when the event passes the door. */
async function statedBy(reading: Reading, { method, args }: CorrectionRequest): Promise<readonly Stated[]> {
  const [first, second] = args
  switch (method) {
    case 'discardSession':
      return [await aboutSession(reading, 'stream.discarded', first as string)]
    case 'restoreSession':
      return [await aboutSession(reading, 'stream.restored', first as string)]
    case 'adjustSession':
      return [await adjustSession(reading, first as string, (second ?? {}) as Adjustment)]
    case 'adjustVideo':
      return [await adjustVideo(reading, (first ?? {}) as VideoAdjustment)]
    case 'renameVideo':
      return [await renameVideo(reading, first as string, (second ?? {}) as VideoNames)]
    case 'mergeVideos':
      return [await mergeVideos(reading, first as string, second as string)]
    case 'eraseSession':
      return eraseSession(reading, first as string)
    case 'eraseVideo':
      return eraseVideo(reading, first as string)
    case 'undo':
      return [undo(reading.corrections)]
    default:
      throw new ImmersionError('INVALID_ARGUMENT', `there is no correction ${String(method)}`)
  }
}

async function aboutSession(reading: Reading, type: CorrectionType, sessionId: string): Promise<Stated> {
  await sessionRow(reading, sessionId)
  return { type, payload: { targetStreamId: sessionId } }
}

async function adjustSession(reading: Reading, sessionId: string, adjustment: Adjustment): Promise<Stated> {
  const { measures = {}, language } = checkedAdjustment(adjustment)
  const row = await sessionRow(reading, sessionId)
  const session = sessionOf(row)
  if (session === null) throw unknownSession(sessionId)
  const { snapshot, corrections } = reading
  const streams = [row.stream, ...corrections.adjustmentsOf(sessionId).map(({ stream }) => stream)]
  const sums = zeroSums()
  for (const entry of await snapshot.ledger({ streams })) addSums(sums, entry.measures)
  refuseBelowZero(sums, measures, `session ${sessionId}`)
  const { startedAtMs, utcOffsetMin } = session
  const payload = { targetStreamId: sessionId, countedAtMs: startedAtMs, ...withLanguage(language) }
  return { type: 'session.adjusted', payload, measures, utcOffsetMin }
}

async function adjustVideo(reading: Reading, adjustment: VideoAdjustment): Promise<Stated> {
  const { measures = {}, language } = checkedAdjustment(adjustment)
  const { videoKey, date } = adjustment
  const noon = noonOf(isoToDay(date), reading.clock)
  await refuseUnknownVideo(reading, videoKey)
  const { snapshot, corrections } = reading
  if (Object.values(measures).some((value) => value < 0)) {
    const { settings } = await snapshot.head()
    const localDay = localDayOf(
      Math.floor(noon.countedAtMs / QUARTER_MS) * QUARTER_MS,
      noon.utcOffsetMin,
      settings.dayStartsAtHour,
    )
    const equals = { localDay, videoKey: corrections.keyOf(videoKey), language: language ?? 'und' }
    const sums = zeroSums()
    for (const row of await snapshot.rows({ projection: 'daily@1', equals })) addSums(sums, row.measures)
    refuseBelowZero(sums, measures, `${videoKey} on ${date}`)
  }
  const payload = { videoKey, date, countedAtMs: noon.countedAtMs, ...withLanguage(language) }
  return { type: 'session.adjusted', payload, measures, utcOffsetMin: noon.utcOffsetMin }
}

async function renameVideo(reading: Reading, videoKey: string, names: VideoNames): Promise<Stated> {
  if (Object.values(names).every((value) => value === undefined)) {
    throw refusal('names', 'at least one of title, series, season, episode')
  }
  await refuseUnknownVideo(reading, videoKey)
  return { type: 'video.renamed', payload: { ...names, videoKey } }
}

async function mergeVideos(reading: Reading, videoKey: string, intoVideoKey: string): Promise<Stated> {
  if (videoKey === intoVideoKey) throw refusal('intoVideoKey', 'another video')
  await refuseUnknownVideo(reading, videoKey)
  await refuseUnknownVideo(reading, intoVideoKey)
  return { type: 'video.merged', payload: { videoKey, intoVideoKey } }
}

/** With its adjustments; and where nobody else watched its video, with the commands that name that. */
async function eraseSession(reading: Reading, sessionId: string): Promise<readonly Stated[]> {
  const { videoKey } = await sessionRow(reading, sessionId)
  const sessions = videoKey === null ? [] : await reading.snapshot.streams({ videoKey })
  const naming = sessions.length > 1 || videoKey === null ? [] : correctionsNaming(reading.corrections, videoKey)
  return erasures([sessionId, ...adjustmentsOf(reading.corrections, sessionId), ...naming])
}

async function eraseVideo(reading: Reading, videoKey: string): Promise<readonly Stated[]> {
  await refuseUnknownVideo(reading, videoKey)
  const { snapshot, corrections } = reading
  const sessions = (await snapshot.streams({ videoKey })).map(({ streamId }) => streamId)
  const adjustments = sessions.flatMap((sessionId) => adjustmentsOf(corrections, sessionId))
  return erasures([...sessions, ...adjustments, ...correctionsNaming(corrections, videoKey)])
}

/** Discarded ones too. */
function adjustmentsOf({ all }: StandingCorrections, sessionId: string): readonly string[] {
  return all.flatMap((one) => (one.type === 'session.adjusted' && targetOf(one) === sessionId ? [one.streamId] : []))
}

function correctionsNaming({ all }: StandingCorrections, videoKey: string): readonly string[] {
  const named = all.filter(({ payload }) => payload.videoKey === videoKey || payload.intoVideoKey === videoKey)
  return named.map(({ streamId }) => streamId)
}

function erasures(streamIds: readonly string[]): readonly Stated[] {
  return [...new Set(streamIds)].map((targetStreamId) => ({ type: 'stream.erased', payload: { targetStreamId } }))
}

/** A discarded session is put back, any other correction discarded. What an undo stated is passed over, and an erasure. */
function undo(corrections: StandingCorrections): Stated {
  const { all } = corrections
  const own = new Set(all.map(({ streamId }) => streamId))
  const seen = new Set<string>()
  for (const correction of all.toReversed()) {
    if (correction.type === 'stream.erased') continue
    if (!isAboutStreams(correction.type)) {
      if (!corrections.isVisible(correction.streamId)) continue
      return { type: 'stream.discarded', payload: { targetStreamId: correction.streamId } }
    }
    const targetStreamId = targetOf(correction)
    const isLatest = !seen.has(targetStreamId)
    seen.add(targetStreamId)
    if (correction.type === 'stream.restored' || own.has(targetStreamId) || !isLatest) continue
    if (!corrections.isErased(targetStreamId)) return { type: 'stream.restored', payload: { targetStreamId } }
  }
  throw new ImmersionError('INVALID_ARGUMENT', 'there is nothing to undo', {
    hint: 'The commands that are there are listed by commands; an erasure is for good.',
  })
}

function eventOf(
  { type, payload, measures = {}, utcOffsetMin }: Stated,
  streamId: string,
  { all }: StandingCorrections,
  clock: WallClock,
): NewEvent {
  const about = all.filter((correction) => isAboutSame(correction.payload, payload))
  const nowMs = clock.nowMs()
  const occurredAtMs = about.reduce((latest, one) => Math.max(latest, one.occurredAtMs + 1), nowMs)
  const event: TrackingEvent = {
    streamId,
    type,
    occurredAtMs,
    utcOffsetMin: utcOffsetMin ?? clock.utcOffsetMin(nowMs),
    measures,
    payload,
  }
  return encodeEvent(checkTrackingEvent(event), 1).event
}

function isAboutSame(left: Correction['payload'], right: Correction['payload']): boolean {
  if (right.targetStreamId !== undefined) return left.targetStreamId === right.targetStreamId
  return left.videoKey === right.videoKey
}

/** The first is the caller's, so that its request is known when it comes again. */
function correctionIdOf(correctionId: string, index: number): string {
  return index === 0 ? correctionId : uuidV8FromSha256(`${correctionId} ${index}`)
}

function checkedAdjustment(adjustment: Adjustment): Adjustment {
  const { measures = {}, language } = adjustment
  for (const [name, value] of Object.entries(measures)) {
    if (!Object.hasOwn(MEASURE_INDEX, name) || !Number.isInteger(value)) {
      throw refusal(`measures.${name}`, 'a measure, as an integer')
    }
  }
  const isEmpty = Object.values(measures).every((value) => value === 0)
  if (isEmpty && language === undefined) throw refusal('measures', 'something to add or take off, or a language')
  return adjustment
}

function refuseBelowZero(sums: readonly number[], measures: SparseMeasures, what: string): void {
  const now = measuresOf(sums)
  for (const name of Object.keys(measures) as MeasureName[]) {
    const added = measures[name] ?? 0
    if (added >= 0 || now[name] + added >= 0) continue
    throw new ImmersionError('INVALID_ARGUMENT', `${name} of ${what} is ${now[name]}: ${-added} cannot be taken off`, {
      hint: 'Take off at most what is there.',
      details: { measure: name, value: now[name], added },
    })
  }
}

function noonOf(localDay: number, clock: WallClock) {
  const clockMs = localDay * DAY_MS + DAY_MS / 2
  // The offset at noon is that of noon itself: asked twice, since the first is of a moment half a day away at most.
  const nearby = clock.utcOffsetMin(clockMs)
  const utcOffsetMin = clock.utcOffsetMin(clockMs - nearby * MINUTE_MS)
  return { countedAtMs: clockMs - utcOffsetMin * MINUTE_MS, utcOffsetMin }
}

function withLanguage(language: string | undefined): { readonly targetLanguage?: string } {
  return language === undefined ? {} : { targetLanguage: language }
}
