// Takes streams from one log to another: of each, the events whose versions the target has not counted, then the summary
// for those that the source no longer holds. Both go in batches; what was sent twice changes nothing.

import type { NewEvent } from '../events/types.js'
import { coverageWithout, formatCoverage, parseCoverage } from '../ledger/coverage.js'
import type { LogEngine } from '../ports/log-engine.js'
import type { ListedStream, PrunedSummary } from '../ports/replica-types.js'

export type ReplicaSource = Pick<LogEngine, 'listStreams' | 'streamEvents' | 'prunedSummary'>
export type ReplicaTarget = Pick<LogEngine, 'listStreams' | 'append' | 'applySummaries'>

/** Of one transaction at the target. */
const BATCH_EVENTS = 1_000
const BATCH_SUMMARIES = 100

export function isCarried(stream: ListedStream, there: ListedStream | undefined): boolean {
  // Of a stream that was erased only the id is left, and of that the command is what is carried.
  if (there === undefined) return stream.coverage === ''
  return (
    there.coverage === stream.coverage &&
    there.countedChecksum === stream.countedChecksum &&
    there.ledgerChecksum === stream.ledgerChecksum
  )
}

/** Corrections are carried before the sessions that they name: an erasure decides which of those are carried at all. */
export function isCorrection({ kind }: ListedStream): boolean {
  return kind === 'correction'
}

export interface Carrier {
  readonly events: number
  readonly summaries: number
  readonly overlaps: readonly { readonly streamId: string; readonly versions: string }[]
  carry(
    streams: readonly ListedStream[],
    known: ReadonlyMap<string, ListedStream>,
    onProgress?: (done: number) => void,
  ): Promise<void>
}

export function createCarrier(source: ReplicaSource, target: ReplicaTarget, batchEvents = BATCH_EVENTS): Carrier {
  let carried = 0
  let applied = 0
  const overlaps = new Map<string, string>()
  let events: NewEvent[] = []
  let summaries: PrunedSummary[] = []

  async function sendEvents(): Promise<void> {
    if (events.length === 0) return
    carried += (await target.append(events)).appended
    events = []
  }

  /** Events first: what they add is none of a summary's affair. */
  async function sendSummaries(): Promise<void> {
    await sendEvents()
    if (summaries.length === 0) return
    const { applied: count, overlapping } = await target.applySummaries(summaries)
    applied += count
    summaries = []
    for (const { streamId, wanted, lacking } of overlapping) await applyWider(streamId, wanted, lacking)
  }

  /** Each side lost what the other counted; perhaps the source still holds what the target lost. */
  async function applyWider(streamId: string, wanted: string, lacking: string): Promise<void> {
    const wider = await source.prunedSummary({ streamId, including: wanted })
    const answer = wider === null ? null : await target.applySummaries([wider])
    applied += answer?.applied ?? 0
    const left = answer === null ? lacking : answer.overlapping[0]?.lacking
    if (left === undefined) overlaps.delete(streamId)
    else overlaps.set(streamId, left)
  }

  async function carryStream(stream: ListedStream, there: ListedStream | undefined): Promise<void> {
    const { streamId } = stream
    let lacking = coverageWithout(parseCoverage(stream.coverage), parseCoverage(there?.coverage ?? ''))
    while (lacking.length > 0) {
      const page = await source.streamEvents({ streamId, versions: formatCoverage(lacking), limit: batchEvents })
      events.push(...page)
      if (events.length >= batchEvents) await sendEvents()
      const last = page[page.length - 1]
      if (last === undefined || page.length < batchEvents) break
      lacking = coverageWithout(lacking, [1, last.version])
    }
    if (!stream.isPruned) return
    const summary = await source.prunedSummary({ streamId })
    if (summary !== null && summaries.push(summary) >= BATCH_SUMMARIES) await sendSummaries()
  }

  return {
    get events() {
      return carried
    },
    get summaries() {
      return applied
    },
    get overlaps() {
      return [...overlaps].map(([streamId, versions]) => ({ streamId, versions }))
    },
    async carry(streams, known, onProgress = () => {}) {
      for (const [index, stream] of streams.entries()) {
        await carryStream(stream, known.get(stream.streamId))
        onProgress(index + 1)
      }
      await sendSummaries()
    },
  }
}
