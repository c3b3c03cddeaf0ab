// Carries over what one log has and another lacks, stream by stream, because order between streams means nothing. The lists
// of both logs are compared, and every stream that differs is carried. Then the source's revision is followed until it
// rests. Nothing is stored about progress, so replication can be stopped and started again at any moment, and a log that
// was restored from a backup does no harm.

import { coverageWithout, parseCoverage } from '../ledger/coverage.js'
import type { ConflictChoice, ListedStream, ReplicationProgress, ReplicationReport } from '../ports/replica-types.js'
import { Carrier, isCarried, isCorrection, type ReplicaSource, type ReplicaTarget } from './carrier.js'
import { applyChoice, conflictsAmong, copyIdOf, describeConflicts } from './conflicts.js'
import { erasedIn, listAll, listNamed } from './list-streams.js'

/** If a source is always being written to, replication ends after a pass over new data that was shorter than this. */
const SHORT_PASS_MS = 250

export async function replicate(
  source: ReplicaSource,
  target: ReplicaTarget,
  onProgress: (progress: ReplicationProgress) => void = () => {},
  keep: ConflictChoice = 'target',
): Promise<ReplicationReport> {
  const beganMs = performance.now()
  const carrier = new Carrier(source, target)
  const known = await digestsOf(target)
  const carry: CarryStreams = async (streams, onDone) => {
    const conflicts = await conflictsAmong(source, target, streams, known)
    const { givenUp, copied } = await applyChoice(keep, source, target, conflicts)
    carrier.carried.events += copied
    for (const streamId of givenUp) known.delete(streamId)
    const left = conflicts.map(({ streamId }) => streamId).filter((streamId) => !givenUp.includes(streamId))
    // A copy of what the target has itself would count twice there.
    const apart = new Set([...givenUp, ...left, ...left.map(copyIdOf)])
    const others = streams.filter(({ streamId }) => !apart.has(streamId))
    // A copy that was given up with its original is perhaps not among the streams that differ.
    await carrier.carry([...(await listNamed(source, givenUp)), ...others], known, onDone)
  }
  const progress = (done: number, total: number) =>
    onProgress({ done, total, events: carrier.carried.events, elapsedMs: performance.now() - beganMs })
  let changedAfter = 0
  let sourceMovedOn = false
  for (let pass = 1; !sourceMovedOn; pass++) {
    const passBeganMs = performance.now()
    const { streams, asOfRevision } = await listAll(source, changedAfter)
    if (!(await carryPass(carry, target, streams, known, progress))) break
    changedAfter = asOfRevision
    sourceMovedOn = pass > 1 && performance.now() - passBeganMs < SHORT_PASS_MS
  }
  const compared = await compareDigests(source, target, carrier.overlaps)
  return { ...compared, ...carrier.carried, sourceMovedOn, elapsedMs: performance.now() - beganMs }
}

type CarryStreams = (streams: readonly ListedStream[], onDone?: (done: number) => void) => Promise<void>

/** Carries the streams that differ, and brings `known` up to date. False where none differs. */
async function carryPass(
  carry: CarryStreams,
  target: ReplicaTarget,
  streams: readonly ListedStream[],
  known: Map<string, ListedStream>,
  progress: (done: number, total: number) => void,
): Promise<boolean> {
  const erased = await erasedIn(target)
  // Corrections are carried even where an erasure names them. A discard, restore or erasure stays all the same, and a target
  // that lacks it cannot know that it is one.
  const differing = streams.filter(
    (stream) =>
      (isCorrection(stream) || !erased.has(stream.streamId)) && !isCarried(stream, known.get(stream.streamId)),
  )
  if (differing.length === 0) return false
  progress(0, differing.length)
  await carry(differing.filter(isCorrection))
  const nowErased = await erasedIn(target)
  const others = differing.filter((stream) => !isCorrection(stream) && !nowErased.has(stream.streamId))
  const before = differing.length - others.length
  await carry(others, (done) => progress(before + done, differing.length))
  const carried = differing.map(({ streamId }) => streamId)
  for (const stream of await listNamed(target, carried)) known.set(stream.streamId, stream)
  return true
}

/** Compares what both have counted, and changes nothing. */
export async function compareDigests(
  source: ReplicaSource,
  target: ReplicaSource,
  overlaps: ReplicationReport['overlaps'] = [],
): Promise<Pick<ReplicationReport, 'streams' | 'equal' | 'targetHasMore' | 'differing' | 'overlaps' | 'conflicts'>> {
  const { streams } = await listAll(source, 0)
  const known = await digestsOf(target)
  const erased = await erasedIn(target)
  const reported = new Set(overlaps.map(({ streamId }) => streamId))
  const counts = { equal: 0, targetHasMore: 0 }
  const differing: string[] = []
  const conflicting = await conflictsAmong(
    source,
    target,
    streams.filter(({ streamId }) => !erased.has(streamId)),
    known,
  )
  const conflicts = await describeConflicts(source, target, conflicting, known)
  for (const { streamId } of conflicts) reported.add(streamId).add(copyIdOf(streamId))
  const isKept = new Set(conflicting.map(({ streamId }) => streamId).filter((streamId) => !reported.has(streamId)))
  for (const stream of streams) {
    const { streamId } = stream
    const there = known.get(streamId)
    if (isCarried(stream, there)) counts.equal++
    else if (erased.has(streamId) || isKept.has(streamId)) counts.targetHasMore++
    else if (reported.has(streamId)) continue
    else if (there !== undefined && hasMore(stream, there)) counts.targetHasMore++
    else differing.push(streamId)
  }
  return { streams: streams.length, ...counts, differing, overlaps, conflicts }
}

/** Whether the target counted all that the source did, and more. */
function hasMore(stream: ListedStream, there: ListedStream): boolean {
  return (
    there.coverage !== stream.coverage &&
    coverageWithout(parseCoverage(stream.coverage), parseCoverage(there.coverage)).length === 0
  )
}

async function digestsOf(log: Pick<ReplicaTarget, 'listStreams'>): Promise<Map<string, ListedStream>> {
  return new Map((await listAll(log, 0)).streams.map((stream) => [stream.streamId, stream]))
}
