// Carries what one log has and another lacks, stream by stream: order between streams means nothing. The lists of both are
// compared; of each stream that differs go the events whose versions the target has not counted, then the summary for
// those that the source no longer holds. Then the source's revision is followed until it rests. Nothing is noted anywhere,
// so it can be broken off at any moment and begun again, and a log that was restored from a backup does no harm.

import { coverageWithout, parseCoverage } from '../ledger/coverage.js'
import type { ListedStream, ReplicationProgress, ReplicationReport } from '../ports/replica-types.js'
import { createCarrier, isCarried, isCorrection, type ReplicaSource, type ReplicaTarget } from './carrier.js'
import { erasedIn, listAll, listNamed } from './listing.js'

/** A source that is written to all the while is left when a pass over what is new takes no longer than this. */
const SHORT_PASS_MS = 250

export async function replicate(
  source: ReplicaSource,
  target: ReplicaTarget,
  onProgress: (progress: ReplicationProgress) => void = () => {},
): Promise<ReplicationReport> {
  const beganMs = performance.now()
  const carrier = createCarrier(source, target)
  const known = await digestsOf(target)
  let changedAfter = 0
  let restless = false
  for (let pass = 1; ; pass++) {
    const passBeganMs = performance.now()
    const { streams, asOfRevision } = await listAll(source, changedAfter)
    const erased = await erasedIn(target)
    // Commands are carried whatever names them: discards, restores and erasures last, and only a log that has one knows it.
    const differing = streams.filter(
      (stream) =>
        (isCorrection(stream) || !erased.has(stream.streamId)) && !isCarried(stream, known.get(stream.streamId)),
    )
    if (differing.length === 0) break
    const progress = (done: number) =>
      onProgress({ done, total: differing.length, events: carrier.events, elapsedMs: performance.now() - beganMs })
    progress(0)
    // An erasure changes what other streams are, so the learner's commands go first.
    await carrier.carry(differing.filter(isCorrection), known)
    const nowErased = await erasedIn(target)
    const others = differing.filter((stream) => !isCorrection(stream) && !nowErased.has(stream.streamId))
    await carrier.carry(others, known, (done) => progress(differing.length - others.length + done))
    const carried = differing.map(({ streamId }) => streamId)
    for (const stream of await listNamed(target, carried)) known.set(stream.streamId, stream)
    changedAfter = asOfRevision
    restless = pass > 1 && performance.now() - passBeganMs < SHORT_PASS_MS
    if (restless) break
  }
  const compared = await compareDigests(source, target, carrier.overlaps)
  return {
    ...compared,
    events: carrier.events,
    summaries: carrier.summaries,
    sourceMovedOn: restless,
    elapsedMs: performance.now() - beganMs,
  }
}

/** Compares what both have counted, and changes nothing. */
export async function compareDigests(
  source: Pick<ReplicaSource, 'listStreams'>,
  target: Pick<ReplicaTarget, 'listStreams'>,
  overlaps: ReplicationReport['overlaps'] = [],
): Promise<Pick<ReplicationReport, 'streams' | 'equal' | 'targetHasMore' | 'differing' | 'overlaps'>> {
  const { streams } = await listAll(source, 0)
  const known = await digestsOf(target)
  const erased = await erasedIn(target)
  const reported = new Set(overlaps.map(({ streamId }) => streamId))
  const counts = { equal: 0, targetHasMore: 0 }
  const differing: string[] = []
  for (const stream of streams) {
    const there = known.get(stream.streamId)
    if (isCarried(stream, there)) counts.equal++
    else if (erased.has(stream.streamId) || (there !== undefined && hasMore(stream, there))) counts.targetHasMore++
    else if (!reported.has(stream.streamId)) differing.push(stream.streamId)
  }
  return { streams: streams.length, ...counts, differing, overlaps }
}

/** Everything that the source counted, and something beyond it. */
function hasMore(stream: ListedStream, there: ListedStream): boolean {
  return (
    there.coverage !== stream.coverage &&
    coverageWithout(parseCoverage(stream.coverage), parseCoverage(there.coverage)).length === 0
  )
}

async function digestsOf(log: Pick<ReplicaTarget, 'listStreams'>): Promise<Map<string, ListedStream>> {
  return new Map((await listAll(log, 0)).streams.map((stream) => [stream.streamId, stream]))
}
