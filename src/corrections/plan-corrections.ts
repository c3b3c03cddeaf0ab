// Plans the corrections of a request: one, or the parts of a subtraction (correction-parts.ts), or for an erasure one for each
// stream that it deletes. The targets are looked up first, so that nothing is recorded about a target that does not exist. METHODS has a row for each method of a request.

import { refusal } from '../events/argument-checks.js'
import { isoToDay, localDayOf, quarterOf } from '../events/calendar.js'
import type { WallClock } from '../events/clock.js'
import { ImmersionError } from '../events/errors.js'
import { sha256 } from '../events/ids.js'
import { MEASURE_INDEX } from '../events/measures.js'
import { isPlainObject, withoutUndefined } from '../events/plain-data.js'
import { DAY_MS, MINUTE_MS, QUARTER_MS } from '../events/time-units.js'
import { type CorrectionType, STREAM_ID } from '../events/types.js'
import { attributeAll, NO_SESSION, UNKNOWN_LANGUAGE } from '../ledger/attribution.js'
import { sessionOf } from '../ledger/facts.js'
import { decidesVisibility, type StandingCorrections, targetOf } from '../ledger/standing-corrections.js'
import { readState, readStreams } from '../ledger/stream-state.js'
import type { Adjustment, CorrectionRequest, VideoAdjustment, VideoNames } from '../ports/correction-types.js'
import type { LogSnapshot } from '../ports/event-log.js'
import {
  additions,
  areParts,
  hasBelowZero,
  type Owner,
  type PlannedCorrection,
  readCells,
  subtractions,
} from './correction-parts.js'

/** The newest state of the log, in which targets are looked up. */
type Targets = Readonly<{ snapshot: LogSnapshot; corrections: StandingCorrections; clock: WallClock }>

type Check = (field: string, value: unknown) => void

type Planned = PlannedCorrection | readonly PlannedCorrection[]

interface Method {
  /** The name and the check of each argument. */
  readonly args: Readonly<Record<string, Check>>
  /** Called with arguments that passed the checks. */
  readonly plan: (targets: Targets, ...args: never[]) => Planned | Promise<Planned>
}

const text: Check = (field, value) => {
  if (typeof value !== 'string') throw refusal(field, value, 'a text')
}

function optional(check: Check): Check {
  return (field, value) => {
    if (value !== undefined) check(field, value)
  }
}

/** An object, and the checks of its fields. */
function object(checks: Readonly<Record<string, Check>> = {}): Check {
  return (field, value) => {
    if (!isPlainObject(value)) throw refusal(field, value, 'an object')
    for (const [name, check] of Object.entries(checks)) check(`${field}.${name}`, value[name])
  }
}

const ADJUSTMENT = { measures: optional(object()), language: optional(text) }
const VIDEO_ADJUSTMENT = { ...ADJUSTMENT, videoKey: text, date: text }

const METHODS: Readonly<Record<CorrectionRequest['method'], Method>> = {
  discardSession: { args: { sessionId: text }, plan: ofSession('stream.discarded') },
  restoreSession: { args: { sessionId: text }, plan: ofSession('stream.restored') },
  adjustSession: { args: { sessionId: text, adjustment: object(ADJUSTMENT) }, plan: adjustSession },
  adjustVideo: { args: { adjustment: object(VIDEO_ADJUSTMENT) }, plan: adjustVideo },
  renameVideo: { args: { videoKey: text, names: object() }, plan: renameVideo },
  mergeVideos: { args: { videoKey: text, intoVideoKey: text }, plan: mergeVideos },
  eraseSession: { args: { sessionId: text }, plan: eraseSession },
  eraseVideo: { args: { videoKey: text }, plan: eraseVideo },
  undo: { args: {}, plan: undo },
}

/** Requests come from an application, another thread or a command line. INVALID_ARGUMENT. */
export function checkRequest({ method, args, correctionId }: CorrectionRequest): void {
  if (!Object.hasOwn(METHODS, method)) throw refusal('method', method, Object.keys(METHODS).join(', '))
  text('correctionId', correctionId)
  for (const [index, [field, check]] of Object.entries(METHODS[method].args).entries()) check(field, args[index])
}

export async function planCorrections(
  targets: Targets,
  { method, args }: CorrectionRequest,
): Promise<readonly PlannedCorrection[]> {
  return [await METHODS[method].plan(targets, ...(args as never[]))].flat()
}

function ofSession(type: CorrectionType) {
  return async (targets: Targets, sessionId: string): Promise<PlannedCorrection> => {
    await findSession(targets, sessionId)
    return { type, payload: { targetStreamId: sessionId } }
  }
}

/** What is added counts at the session's start. */
async function adjustSession(targets: Targets, sessionId: string, adjustment: Adjustment) {
  const { measures = {}, language } = checkedAdjustment(adjustment)
  const { row, session } = await findSession(targets, sessionId)
  const { snapshot, corrections } = targets
  const streams = [row, ...corrections.adjustmentsOf(sessionId)].map(({ stream }) => stream)
  const target = { targetStreamId: sessionId }
  const cells = await readCells(snapshot, new Map(streams.map((stream) => [stream, target])), () => true)
  const subtracted = subtractions(cells, measures, `session ${sessionId}`)
  const { startedAtMs, utcOffsetMin } = session
  const payload = withoutUndefined({ ...target, countedAtMs: startedAtMs, targetLanguage: language })
  return [...additions(measures, language !== undefined, payload, utcOffsetMin), ...subtracted]
}

/** What is added counts at noon of the date on the learner's clock. */
async function adjustVideo(targets: Targets, adjustment: VideoAdjustment) {
  const { measures = {}, language } = checkedAdjustment(adjustment)
  const { videoKey, date } = adjustment
  const { countedAtMs, utcOffsetMin } = noonOf(isoToDay(date), targets.clock)
  await checkVideoExists(targets, videoKey)
  const { snapshot, corrections } = targets
  const payload = withoutUndefined({ videoKey, date, countedAtMs, targetLanguage: language })
  const added = additions(measures, !hasBelowZero(measures), payload, utcOffsetMin)
  if (!hasBelowZero(measures)) return added
  const { settings } = await snapshot.head()
  const dayOf = (quarter: number, offsetMin: number) =>
    localDayOf(quarter * QUARTER_MS, offsetMin, settings.dayStartsAtHour)
  const localDay = dayOf(quarterOf(countedAtMs), utcOffsetMin)
  const [key, wanted] = [corrections.keyOf(videoKey), language ?? UNKNOWN_LANGUAGE]
  const streams = (await readStreams(snapshot)).map(readState)
  const attributions = [...attributeAll(streams, corrections)]
  const counted = attributions.filter(([, one]) => one.videoKey === key && one.language === wanted)
  const ownPayloads = new Map(corrections.all.map((one) => [one.stream, one.payload]))
  const owners = counted.map(([stream, { sessionId }]): [number, Owner] => {
    const { videoKey, date, targetLanguage } = ownPayloads.get(stream) ?? {}
    return [stream, sessionId === NO_SESSION ? { videoKey, date, targetLanguage } : { targetStreamId: sessionId }]
  })
  // From the ledger, because retention may have removed the day's rows.
  const cells = await readCells(snapshot, new Map(owners), (one) => dayOf(one.quarter, one.utcOffsetMin) === localDay)
  return [...added, ...subtractions(cells, measures, `${videoKey} on ${date}`)]
}

async function renameVideo(targets: Targets, videoKey: string, names: VideoNames): Promise<PlannedCorrection> {
  if (Object.values(names).every((value) => value === undefined)) {
    throw refused('names', names, 'at least one of title, series, season, episode')
  }
  await checkVideoExists(targets, videoKey)
  return { type: 'video.renamed', payload: { ...names, videoKey } }
}

async function mergeVideos(targets: Targets, videoKey: string, intoVideoKey: string): Promise<PlannedCorrection> {
  if (videoKey === intoVideoKey) throw refused('intoVideoKey', intoVideoKey, 'another video')
  await checkVideoExists(targets, videoKey)
  await checkVideoExists(targets, intoVideoKey)
  return { type: 'video.merged', payload: { videoKey, intoVideoKey } }
}

/** Erases the session's adjustments too and, if it is the only session of its video, the corrections that name the video. */
async function eraseSession(targets: Targets, sessionId: string): Promise<readonly PlannedCorrection[]> {
  const { videoKey } = (await findSession(targets, sessionId)).session
  const sessions = await sessionsOf(targets, videoKey)
  const naming = sessions.length > 1 ? [] : correctionsNaming(targets.corrections, videoKey)
  return erasures([sessionId, ...adjustmentsOf(targets.corrections, sessionId), ...naming])
}

async function eraseVideo(targets: Targets, videoKey: string): Promise<readonly PlannedCorrection[]> {
  await checkVideoExists(targets, videoKey)
  const { corrections } = targets
  const sessions = await sessionsOf(targets, videoKey)
  const adjustments = sessions.flatMap((sessionId) => adjustmentsOf(corrections, sessionId))
  const found = erasures([...sessions, ...adjustments, ...correctionsNaming(corrections, videoKey)], sha256(videoKey))
  if (found.length === 0) throw unknownVideo(videoKey)
  return found
}

/** By the facts, from which the indexed key follows, because a row whose key is damaged must not escape an erasure. */
async function sessionsOf({ snapshot }: Targets, videoKey: string): Promise<readonly string[]> {
  const streams = await readStreams(snapshot)
  return streams.filter((row) => sessionOf(row)?.videoKey === videoKey).map(({ streamId }) => streamId)
}

/** Discarded ones too. */
function adjustmentsOf({ all }: StandingCorrections, sessionId: string): readonly string[] {
  return all.flatMap((one) => (one.type === 'session.adjusted' && targetOf(one) === sessionId ? [one.streamId] : []))
}

function correctionsNaming({ all }: StandingCorrections, videoKey: string): readonly string[] {
  const naming = all.filter(({ payload }) => payload.videoKey === videoKey || payload.intoVideoKey === videoKey)
  return naming.map(({ streamId }) => streamId)
}

function erasures(streamIds: readonly string[], videoKeySha256?: string): readonly PlannedCorrection[] {
  return [...new Set(streamIds)].map((targetStreamId) => ({
    type: 'stream.erased',
    payload: withoutUndefined({ targetStreamId, videoKeySha256 }),
  }))
}

/**
 * Restores a discarded session, and discards any other correction, with all parts of its request. Skips erasures and the
 * corrections of earlier undos.
 */
function undo({ corrections }: Targets): Planned {
  const { all } = corrections
  const own = new Set(all.map(({ streamId }) => streamId))
  const seen = new Set<string>()
  for (const correction of all.toReversed()) {
    if (correction.type === 'stream.erased') continue
    if (!decidesVisibility(correction.type)) {
      if (!corrections.isVisible(correction.streamId)) continue
      const parts = all.filter((one) => corrections.isVisible(one.streamId) && areParts(one, correction))
      return parts.map(({ streamId }) => ({ type: 'stream.discarded', payload: { targetStreamId: streamId } }))
    }
    const targetStreamId = targetOf(correction)
    const isLatest = !seen.has(targetStreamId)
    seen.add(targetStreamId)
    if (correction.type === 'stream.restored' || own.has(targetStreamId) || !isLatest) continue
    if (!corrections.isErased(targetStreamId)) return { type: 'stream.restored', payload: { targetStreamId } }
  }
  throw new ImmersionError('INVALID_ARGUMENT', 'there is no correction to undo', {
    hint: '`immersion corrections`, or corrections.list(), lists them. An erasure cannot be undone.',
  })
}

/** UNKNOWN_SESSION where there is none. */
async function findSession({ snapshot }: Targets, sessionId: string) {
  const [row] = STREAM_ID.test(sessionId) ? await snapshot.streams({ streamIds: [sessionId] }) : []
  const session = row === undefined ? null : sessionOf(row)
  if (row !== undefined && session !== null) return { row, session }
  throw new ImmersionError('UNKNOWN_SESSION', `there is no session ${sessionId}`, {
    hint: '`immersion stats sessions`, or analytics.sessions(), lists the ids.',
    details: { sessionId },
  })
}

/** UNKNOWN_VIDEO where there is none. */
async function checkVideoExists({ snapshot }: Targets, videoKey: string): Promise<void> {
  if (videoKey === '') throw refused('videoKey', videoKey, 'the key of a video')
  const videos = await snapshot.videos({ videoKeys: [videoKey] })
  if (videos.length > 0 || (await snapshot.streams({ videoKey, limit: 1 })).length > 0) return
  throw unknownVideo(videoKey)
}

function unknownVideo(videoKey: string): ImmersionError {
  return new ImmersionError('UNKNOWN_VIDEO', `there is no video ${videoKey}`, {
    hint: '`immersion stats videos --json`, or analytics.videos(), lists the keys.',
    details: { videoKey },
  })
}

function checkedAdjustment(adjustment: Adjustment): Adjustment {
  const { measures = {}, language } = adjustment
  for (const [name, value] of Object.entries(measures)) {
    if (!Object.hasOwn(MEASURE_INDEX, name) || !Number.isInteger(value)) {
      throw refused(`measures.${name}`, value, 'a measure, as an integer')
    }
  }
  if (language === undefined && Object.values(measures).every((value) => value === 0)) {
    throw refused('measures', measures, 'at least one number that is not 0, or a language')
  }
  return adjustment
}

function refused(field: string, value: unknown, allowed: string): ImmersionError {
  return refusal(field, value, allowed, '', { field })
}

function noonOf(localDay: number, clock: WallClock) {
  const clockMs = localDay * DAY_MS + DAY_MS / 2
  // Noon depends on the offset at noon. The first offset is that of a moment half a day away at most.
  const nearby = clock.utcOffsetMin(clockMs)
  const utcOffsetMin = clock.utcOffsetMin(clockMs - nearby * MINUTE_MS)
  return { countedAtMs: clockMs - utcOffsetMin * MINUTE_MS, utcOffsetMin }
}
