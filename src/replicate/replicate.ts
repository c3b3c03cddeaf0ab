// Carries what one log has and another lacks, stream by stream: order between streams means nothing. The lists of both are
// compared; of each stream that differs go the events whose versions the target has not counted, then the statement for
// those that the source no longer holds. Then the source's revision is followed until it rests. Nothing is noted anywhere,
// so it can be broken off at any moment and begun again, and a log that was restored from a backup does no harm.

import type { NewEvent } from '../events/types.js'
import { coverageWithout, formatCoverage, parseCoverage } from '../ledger/coverage.js'
import type { LogEngine } from '../ports/log-engine.js'
import type { ListedStream, ReplicationProgress, ReplicationReport, StreamStatement } from '../ports/replica-types.js'
import { erasedIn, listAll, listNamed } from './listing.js'

export type ReplicaSource = Pick<LogEngine, 'listStreams' | 'streamEvents' | 'statement'>
export type ReplicaTarget = Pick<LogEngine, 'listStreams' | 'append' | 'settle'>

/** Of one transaction at the target. */
const BATCH_EVENTS = 1_000
const BATCH_STATEMENTS = 100
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
    const differing = streams.filter(
      (stream) => !erased.has(stream.streamId) && !isCarried(stream, known.get(stream.streamId)),
    )
    if (differing.length === 0) break
    const progress = (done: number) =>
      onProgress({ done, total: differing.length, events: carrier.events, elapsedMs: performance.now() - beganMs })
    progress(0)
    // An erasure changes what other streams are, so the learner's commands go first.
    await carrier.carry(
      differing.filter(({ isCommand }) => isCommand),
      known,
    )
    const nowErased = await erasedIn(target)
    const others = differing.filter(({ isCommand, streamId }) => !isCommand && !nowErased.has(streamId))
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
    statements: carrier.statements,
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

function isCarried(stream: ListedStream, there: ListedStream | undefined): boolean {
  // Of a stream that was erased only the id is left, and of that the command is what is carried.
  if (there === undefined) return stream.coverage === ''
  return (
    there.coverage === stream.coverage &&
    there.countedChecksum === stream.countedChecksum &&
    there.ledgerChecksum === stream.ledgerChecksum
  )
}

/** Everything that the source counted, and something beyond it. */
function hasMore(stream: ListedStream, there: ListedStream): boolean {
  return (
    there.coverage !== stream.coverage &&
    coverageWithout(parseCoverage(stream.coverage), parseCoverage(there.coverage)).length === 0
  )
}

interface Carrier {
  readonly events: number
  readonly statements: number
  readonly overlaps: readonly { readonly streamId: string; readonly versions: string }[]
  carry(
    streams: readonly ListedStream[],
    known: ReadonlyMap<string, ListedStream>,
    onProgress?: (done: number) => void,
  ): Promise<void>
}

function createCarrier(source: ReplicaSource, target: ReplicaTarget): Carrier {
  let carried = 0
  let settled = 0
  const overlaps = new Map<string, string>()
  let events: NewEvent[] = []
  let statements: StreamStatement[] = []

  async function sendEvents(): Promise<void> {
    if (events.length === 0) return
    carried += (await target.append(events)).appended
    events = []
  }

  /** Events first: what they add is none of a statement's affair. */
  async function sendStatements(): Promise<void> {
    await sendEvents()
    if (statements.length === 0) return
    const { settled: count, unsettled } = await target.settle(statements)
    settled += count
    statements = []
    for (const { streamId, wanted, lacking } of unsettled) await settleWider(streamId, wanted, lacking)
  }

  /** Each side lost what the other counted; perhaps the source still holds what the target lost. */
  async function settleWider(streamId: string, wanted: string, lacking: string): Promise<void> {
    const wider = await source.statement({ streamId, including: wanted })
    const answer = wider === null ? null : await target.settle([wider])
    settled += answer?.settled ?? 0
    const left = answer === null ? lacking : answer.unsettled[0]?.lacking
    if (left === undefined) overlaps.delete(streamId)
    else overlaps.set(streamId, left)
  }

  async function carryStream(stream: ListedStream, there: ListedStream | undefined): Promise<void> {
    const { streamId } = stream
    let lacking = coverageWithout(parseCoverage(stream.coverage), parseCoverage(there?.coverage ?? ''))
    while (lacking.length > 0) {
      const page = await source.streamEvents({ streamId, versions: formatCoverage(lacking), limit: BATCH_EVENTS })
      events.push(...page)
      if (events.length >= BATCH_EVENTS) await sendEvents()
      const last = page[page.length - 1]
      if (last === undefined || page.length < BATCH_EVENTS) break
      lacking = coverageWithout(lacking, [1, last.version])
    }
    if (!stream.isPruned) return
    const statement = await source.statement({ streamId })
    if (statement !== null && statements.push(statement) >= BATCH_STATEMENTS) await sendStatements()
  }

  return {
    get events() {
      return carried
    },
    get statements() {
      return settled
    },
    get overlaps() {
      return [...overlaps].map(([streamId, versions]) => ({ streamId, versions }))
    },
    async carry(streams, known, onProgress = () => {}) {
      for (const [index, stream] of streams.entries()) {
        await carryStream(stream, known.get(stream.streamId))
        onProgress(index + 1)
      }
      await sendStatements()
    },
  }
}

async function digestsOf(log: Pick<ReplicaTarget, 'listStreams'>): Promise<Map<string, ListedStream>> {
  return new Map((await listAll(log, 0)).streams.map((stream) => [stream.streamId, stream]))
}
