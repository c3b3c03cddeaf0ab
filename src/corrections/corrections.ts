// Records the learner's corrections: each becomes an event in a stream of its own, which is appended like any other. Lists
// them, newest first. Called by the engine. A request carries the id of its correction, so sending it twice records it once.

import type { Appender } from '../append/append.js'
import type { WallClock } from '../events/clock.js'
import { encodeEvent } from '../events/codec.js'
import { uuidV8FromSha256 } from '../events/ids.js'
import { addSums, sparseOf, zeroSums } from '../events/measures.js'
import type { NewEvent } from '../events/types.js'
import { checkTrackingEvent } from '../events/validation.js'
import {
  type Correction,
  decidesVisibility,
  readStandingCorrections,
  type StandingCorrections,
} from '../ledger/standing-corrections.js'
import type { CorrectionAnswer, CorrectionRequest, Corrections } from '../ports/correction-types.js'
import type { EventLog, LogSnapshot } from '../ports/event-log.js'
import { checkRequest, type PlannedCorrection, planCorrections } from './plan-corrections.js'

/** INVALID_ARGUMENT for a request that is not as typed, before anything is read. */
export async function recordCorrection(
  log: EventLog,
  profile: string,
  appender: Appender,
  clock: WallClock,
  request: CorrectionRequest,
): Promise<CorrectionAnswer> {
  checkRequest(request)
  const events = await log.read(profile, async (snapshot) => {
    const corrections = await readStandingCorrections(snapshot)
    const [recorded] = await snapshot.streams({ streamIds: [request.correctionId] })
    if (recorded !== undefined) return []
    const planned = await planCorrections({ snapshot, corrections, clock }, request)
    return planned.map((one, index) => eventOf(one, correctionIdOf(request, index), corrections, clock))
  })
  const { asOfRevision } = await appender.append(events)
  return { correctionIds: events.map(({ streamId }) => streamId), asOfRevision }
}

/** The first id is the caller's, so that its request is recognized when it comes again. */
function correctionIdOf({ correctionId }: CorrectionRequest, index: number): string {
  return index === 0 ? correctionId : uuidV8FromSha256(`${correctionId} ${index}`)
}

/** The event's time serves only to order it: the later of now and one past the latest correction of the same target. */
function eventOf(
  { type, payload, measures = {}, utcOffsetMin }: PlannedCorrection,
  streamId: string,
  { all }: StandingCorrections,
  clock: WallClock,
): NewEvent {
  const nowMs = clock.nowMs()
  const sameTarget = all.filter((correction) => hasSameTarget(correction.payload, payload))
  const occurredAtMs = sameTarget.reduce((latest, one) => Math.max(latest, one.occurredAtMs + 1), nowMs)
  const event = {
    streamId,
    type,
    occurredAtMs,
    utcOffsetMin: utcOffsetMin ?? clock.utcOffsetMin(nowMs),
    measures,
    payload,
  }
  return encodeEvent(checkTrackingEvent(event), 1).event
}

function hasSameTarget(left: Correction['payload'], right: Correction['payload']): boolean {
  if (right.targetStreamId !== undefined) return left.targetStreamId === right.targetStreamId
  return left.videoKey === right.videoKey
}

export async function listCorrections(snapshot: LogSnapshot): ReturnType<Corrections['list']> {
  const { revision } = await snapshot.head()
  const { all, isVisible } = await readStandingCorrections(snapshot)
  const sums = new Map(all.map(({ stream }) => [stream, zeroSums()]))
  const ledger = all.length === 0 ? [] : await snapshot.ledger({ streams: [...sums.keys()] })
  for (const { stream, measures } of ledger) addSums(sums.get(stream) ?? zeroSums(), measures)
  const corrections = all.toReversed().map(({ streamId, stream, type, occurredAtMs, payload }) => ({
    correctionId: streamId,
    type,
    occurredAtMs,
    names: payload,
    measures: sparseOf(sums.get(stream) ?? zeroSums()),
    state: isVisible(streamId) || decidesVisibility(type) ? ('counts' as const) : ('discarded' as const),
  }))
  return { corrections, asOfRevision: revision }
}
