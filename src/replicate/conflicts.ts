// Conflicts: streams of which two logs counted the same versions with other content, because two programs went on with
// copies of one log. They are found by the checksums of what both logs counted, as far as each can tell it apart from the
// rest, and by the facts that both must still hold. The learner decides which content stays. To keep both, the events that
// only the source has are copied into a stream whose id follows from the id of the first, so that copying again adds nothing.

import { checksumOf } from '../events/checksum.js'
import { ImmersionError } from '../events/errors.js'
import { uuidV8FromSha256 } from '../events/ids.js'
import { addSums, sparseOf, zeroSums } from '../events/measures.js'
import { eventClass, type NewEvent } from '../events/types.js'
import {
  addVersion,
  type Coverage,
  coverageUnion,
  coverageWithin,
  coverageWithout,
  covers,
  formatCoverage,
  lastVersionIn,
  parseCoverage,
} from '../ledger/coverage.js'
import { sumEntries } from '../ledger/fold.js'
import { addChecksum } from '../ledger/ledger-checksum.js'
import type {
  ConflictChoice,
  ConflictSide,
  ListedStream,
  PrunedSummary,
  StreamConflict,
} from '../ports/replica-types.js'
import { BATCH_EVENTS, eventPages, isCarried, type ReplicaSource, type ReplicaTarget } from './carrier.js'
import { listNamed } from './list-streams.js'
import { withChecksum } from './summary-check.js'

type ComparedLog = Pick<ReplicaSource, 'streamEvents' | 'prunedSummary'>

/** A stream as one of the logs has it. */
interface Side {
  readonly log: ComparedLog
  readonly stream: ListedStream
}

/** The streams of the source that are in conflict with the target. */
export async function conflictsAmong(
  source: ComparedLog,
  target: ComparedLog,
  streams: readonly ListedStream[],
  known: ReadonlyMap<string, ListedStream>,
): Promise<readonly ListedStream[]> {
  const conflicts: ListedStream[] = []
  for (const stream of streams) {
    const there = known.get(stream.streamId)
    if (there === undefined || isCarried(stream, there)) continue
    if (!(await haveSameContent({ log: source, stream }, { log: target, stream: there }))) conflicts.push(stream)
  }
  return conflicts
}

export function conflictError(streamId: string): ImmersionError {
  return new ImmersionError('VERSION_CONFLICT', `Both logs have versions of stream ${streamId} with other content`, {
    hint: '`immersion merge --from … --keep source|target|both` keeps one of the two, or both as two sessions.',
    details: { streamId },
  })
}

/** The id under which the other content of a stream is kept beside it. */
export function copyIdOf(streamId: string): string {
  return uuidV8FromSha256(`${streamId} continued in a copy of its log`)
}

/**
 * Whether the versions that both counted have the same content, as far as the two can tell. Where the ids of the streams
 * differ, the one is the copy of the other.
 */
async function haveSameContent(left: Side, right: Side): Promise<boolean> {
  const shared = sharedVersions(left, right)
  if (shared.length === 0) return true
  const lost = await lostBy(left, right)
  const separate = separableVersions(shared, lost)
  const sums = await sumsOfBoth(left, right, lost, separate)
  // One of them pruned events, or was erased, since `lost` was read.
  if (sums === null) return true
  const isCopy = left.stream.streamId !== right.stream.streamId
  // The checksum of an event contains the id of its stream.
  if (isCopy ? !sameLedgers(sums) : sums[0].checksum !== sums[1].checksum) return false
  const isKnownFromSums = !isCopy && formatCoverage(separate) === formatCoverage(shared)
  return isKnownFromSums || (await heldByBoth(left, right, shared)).differing.length === 0
}

function sharedVersions(left: Side, right: Side): Coverage {
  return coverageWithin(parseCoverage(left.stream.coverage), parseCoverage(right.stream.coverage))
}

type Lost = readonly [left: PrunedSummary | null, right: PrunedSummary | null]

async function lostBy({ log, stream: { streamId } }: Side, right: Side): Promise<Lost> {
  return [await log.prunedSummary({ streamId }), await right.log.prunedSummary({ streamId: right.stream.streamId })]
}

/**
 * The versions whose sums both know. Of pruned versions only the sum of all is known, so those of a side count only if the
 * other has all of them. Leaving out those of one side may leave out a part of the other's.
 */
function separableVersions(shared: Coverage, [left, right]: Lost): Coverage {
  let versions = shared
  for (const summary of [left, right, left]) {
    const lost = parseCoverage(summary?.versions ?? '')
    if (coverageWithout(lost, versions).length > 0) versions = coverageWithout(versions, lost)
  }
  return versions
}

type Sums = Pick<PrunedSummary, 'checksum' | 'ledger'>

/** The versions have all or none of those that each side lost. Null where a side lost others meanwhile. */
async function sumsOfBoth(left: Side, right: Side, lost: Lost, versions: Coverage) {
  const [ofLeft, ofRight] = [await sumsOf(left, lost[0], versions), await sumsOf(right, lost[1], versions)]
  return ofLeft === null || ofRight === null ? null : ([ofLeft, ofRight] as const)
}

async function sumsOf(
  { log, stream: { streamId } }: Side,
  lost: PrunedSummary | null,
  versions: Coverage,
): Promise<Sums | null> {
  if (versions.length === 0) return { checksum: 0, ledger: [] }
  const all = await log.prunedSummary({ streamId, including: formatCoverage(versions) })
  const lostVersions = parseCoverage(lost?.versions ?? '')
  if (all?.versions !== formatCoverage(coverageUnion(versions, lostVersions))) return null
  if (lost === null || coverageWithin(lostVersions, versions).length > 0) return all
  return { checksum: addChecksum(all.checksum, -lost.checksum), ledger: sumEntries([1, all.ledger], [-1, lost.ledger]) }
}

function sameLedgers([left, right]: readonly [Sums, Sums]): boolean {
  return JSON.stringify(left.ledger) === JSON.stringify(right.ledger)
}

/**
 * The versions that both hold with the same content, and those that prove other content. A fact is held forever, so a log
 * that counted its version and does not hold it has other content there.
 */
async function heldByBoth(left: Side, right: Side, shared: Coverage) {
  const same: Coverage = []
  const differing: Coverage = []
  const ofLeft = new Map<number, NewEvent>()
  for await (const event of heldEventsOf(left, shared)) ofLeft.set(event.version, event)
  for await (const event of heldEventsOf(right, shared)) {
    const other = ofLeft.get(event.version)
    ofLeft.delete(event.version)
    if (other === undefined ? isFact(event) : under(right.stream.streamId, other).checksum !== event.checksum)
      addVersion(differing, event.version)
    else if (other !== undefined) addVersion(same, event.version)
  }
  for (const event of ofLeft.values()) if (isFact(event)) addVersion(differing, event.version)
  return { same, differing }
}

async function* heldEventsOf({ log, stream: { streamId } }: Side, versions: Coverage): AsyncGenerator<NewEvent> {
  for await (const page of eventPages(log, streamId, versions, BATCH_EVENTS)) yield* page
}

function isFact({ type }: NewEvent): boolean {
  return eventClass(type) === 'fact'
}

/** The event in another stream. */
function under(streamId: string, event: NewEvent): NewEvent {
  const content = { ...event, streamId }
  return event.streamId === streamId ? event : { ...content, checksum: checksumOf(content) }
}

/** The conflicts that the target does not keep as two streams, with what each side counted. */
export async function describeConflicts(
  source: ReplicaSource,
  target: ReplicaSource,
  conflicts: readonly ListedStream[],
  known: ReadonlyMap<string, ListedStream>,
): Promise<readonly StreamConflict[]> {
  const described: StreamConflict[] = []
  for (const stream of conflicts) {
    const { streamId } = stream
    const there = known.get(streamId)
    const one = { log: source, stream }
    if (there === undefined || (await isKeptAsTwo(one, target, there, besideOf(streamId, conflicts)))) continue
    described.push({ streamId, source: await sideOf(one), target: await sideOf({ log: target, stream: there }) })
  }
  return described
}

/** The stream beside which the content of this one is kept: its copy or, where it is the copy itself, its original. */
function besideOf(streamId: string, conflicts: readonly ListedStream[]): string {
  const original = conflicts.find((one) => copyIdOf(one.streamId) === streamId)
  return original?.streamId ?? copyIdOf(streamId)
}

async function sideOf({ log, stream: { streamId, coverage } }: Side): Promise<ConflictSide> {
  const all = await log.prunedSummary({ streamId, including: coverage })
  const sums = zeroSums()
  for (const { measures } of all?.ledger ?? []) addSums(sums, measures)
  const { firstAtMs = 0, lastAtMs = 0 } = all ?? {}
  return { versions: coverage, measures: sparseOf(sums), firstAtMs, lastAtMs }
}

/** Whether the other log has everything of the stream in its own stream of that id and the one beside it. */
async function isKeptAsTwo(one: Side, log: ReplicaSource, main: ListedStream, besideId: string): Promise<boolean> {
  const [beside] = await listNamed(log, [besideId])
  if (beside === undefined || beside.kind === 'unknown') return false
  // From where the two parted, everything is beside. So a later version of the main stream is another one.
  const before = coverageWithin(parseCoverage(main.coverage), [1, lastVersionIn(beside.coverage)])
  const kept = coverageUnion(before, parseCoverage(beside.coverage))
  if (coverageWithout(parseCoverage(one.stream.coverage), kept).length > 0) return false
  return haveSameContent(one, { log, stream: beside })
}

/**
 * Does to the target what the learner chose. `givenUp` are the streams whose content the target has given up for that of the
 * source, and `copied` the events that were copied beside its own.
 */
export async function applyChoice(
  choice: ConflictChoice,
  source: ReplicaSource,
  target: ReplicaTarget,
  conflicts: readonly ListedStream[],
): Promise<{ readonly givenUp: readonly string[]; readonly copied: number }> {
  const givenUp: string[] = []
  let copied = 0
  if (choice === 'target') return { givenUp, copied }
  for (const stream of conflicts) {
    const { streamId } = stream
    const copyId = copyIdOf(streamId)
    // A copy goes with its original.
    if (besideOf(streamId, conflicts) !== copyId) continue
    const rows = new Map((await listNamed(target, [streamId, copyId])).map((row) => [row.streamId, row]))
    const [there, copy] = [rows.get(streamId), rows.get(copyId)]
    if (there === undefined) continue
    const ofTarget = { log: target, stream: there }
    // The source may be the log that keeps both already.
    const isKept = copy === undefined && (await isKeptAsTwo(ofTarget, source, stream, copyId))
    if (choice === 'source' || isKept) givenUp.push(...rows.keys())
    else copied += await copyBeside({ log: source, stream }, ofTarget, copy, target)
  }
  if (givenUp.length > 0) await target.clearStreams(givenUp)
  return { givenUp, copied }
}

/**
 * Copies what only the source has of the stream, and its facts. The start goes last: until it arrives, nothing of the copy
 * counts. Afterwards only later versions are added, because what both had in common may have been pruned since. Resolves to
 * the number of events that were new.
 */
async function copyBeside(
  source: Side,
  there: Side,
  copy: ListedStream | undefined,
  target: ReplicaTarget,
): Promise<number> {
  const { streamId, coverage } = source.stream
  const copyId = copyIdOf(streamId)
  const isComplete = copy !== undefined && copy.kind !== 'unknown'
  if (isComplete && !(await haveSameContent(source, { log: target, stream: copy }))) return 0
  const left = isComplete ? [1, lastVersionIn(copy.coverage)] : await sameVersions(source, there)
  const events: NewEvent[] = []
  const facts: NewEvent[] = []
  for await (const event of heldEventsOf(source, parseCoverage(coverage))) {
    if (isFact(event)) facts.push(under(copyId, event))
    else if (!covers(left, event.version)) events.push(under(copyId, event))
  }
  const summary = isComplete ? null : await source.log.prunedSummary({ streamId })
  if (summary !== null && coverageWithout(parseCoverage(summary.versions), left).length > 0)
    await target.applySummaries([withChecksum({ ...summary, streamId: copyId })])
  let appended = 0
  for (let from = 0; from < events.length; from += BATCH_EVENTS)
    appended += (await target.append(events.slice(from, from + BATCH_EVENTS))).appended
  return appended + (await target.append(facts)).appended
}

/** The versions before the two parted of which both sides are known to have the same content. */
async function sameVersions(left: Side, right: Side): Promise<Coverage> {
  const shared = sharedVersions(left, right)
  const lost = await lostBy(left, right)
  const { same, differing } = await heldByBoth(left, right, shared)
  const rest = coverageWithout(separableVersions(shared, lost), coverageUnion(same, differing))
  const sums = await sumsOfBoth(left, right, lost, rest)
  const all = sums !== null && sums[0].checksum === sums[1].checksum ? coverageUnion(same, rest) : same
  const [parted = Number.POSITIVE_INFINITY] = differing
  return coverageWithin(all, [1, parted - 1])
}
