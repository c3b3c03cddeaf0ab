// Carries streams from one log to another: of each stream the events whose versions the target has not counted, then the
// pruned summary for those that the source no longer holds. Both go in batches. Sending something twice changes nothing.

import type { NewEvent } from '../events/types.js'
import { type Coverage, coverageWithout, formatCoverage, parseCoverage } from '../ledger/coverage.js'
import type { LogEngine } from '../ports/log-engine.js'
import type { ListedStream, PrunedSummary, ReplicationReport } from '../ports/replica-types.js'
import { checkSummary } from './summary-check.js'

export type ReplicaSource = Pick<LogEngine, 'listStreams' | 'streamEvents' | 'prunedSummary'>
export type ReplicaTarget = ReplicaSource & Pick<LogEngine, 'append' | 'applySummaries' | 'clearStreams'>

/** The size of one transaction at the target, which holds the log's lock for some 100 ms. */
export const BATCH_EVENTS = 1_000
export const BATCH_SUMMARIES = 100

/** Whether the target has all that the source has of a stream, and nothing else. */
export function isCarried(stream: ListedStream, there: ListedStream | undefined): boolean {
  // An erased stream has nothing but its id. Its erasure is a stream of its own, and is carried.
  if (there === undefined) return stream.coverage === ''
  return (
    there.coverage === stream.coverage &&
    there.countedChecksum === stream.countedChecksum &&
    there.ledgerChecksum === stream.ledgerChecksum
  )
}

/** Corrections are carried before the sessions that they name, because an erasure decides which of those are carried. */
export function isCorrection({ kind }: ListedStream): boolean {
  return kind === 'correction'
}

/** The events that a log holds of these versions of a stream. */
export async function* eventPages(
  log: Pick<ReplicaSource, 'streamEvents'>,
  streamId: string,
  versions: Coverage,
  limit: number,
): AsyncGenerator<readonly NewEvent[]> {
  for (let left = versions; left.length > 0; ) {
    const page = await log.streamEvents({ streamId, versions: formatCoverage(left), limit })
    yield page
    const last = page[page.length - 1]
    left = last === undefined || page.length < limit ? [] : coverageWithout(left, [1, last.version])
  }
}

export class Carrier {
  readonly #source: ReplicaSource
  readonly #target: ReplicaTarget
  readonly #batchEvents: number
  readonly #overlaps = new Map<string, string>()
  /** Streams whose summary is not acceptable, because the source is damaged. They are not carried, and so stay different. */
  readonly damaged: { readonly streamId: string; readonly error: unknown }[] = []
  /** Events and summaries so far that were new to the target. */
  readonly carried = { events: 0, summaries: 0 }
  #events: NewEvent[] = []
  #summaries: PrunedSummary[] = []

  constructor(source: ReplicaSource, target: ReplicaTarget, batchEvents = BATCH_EVENTS) {
    this.#source = source
    this.#target = target
    this.#batchEvents = batchEvents
  }

  get overlaps(): ReplicationReport['overlaps'] {
    return [...this.#overlaps].map(([streamId, versions]) => ({ streamId, versions }))
  }

  /** `known` has the target's digests. */
  async carry(
    streams: readonly ListedStream[],
    known: ReadonlyMap<string, ListedStream>,
    onProgress: (done: number) => void = () => {},
  ): Promise<void> {
    for (const [index, stream] of streams.entries()) {
      await this.#carryStream(stream, known.get(stream.streamId))
      onProgress(index + 1)
    }
    await this.#sendSummaries()
  }

  async #carryStream(stream: ListedStream, there: ListedStream | undefined): Promise<void> {
    const { streamId } = stream
    const lacking = coverageWithout(parseCoverage(stream.coverage), parseCoverage(there?.coverage ?? ''))
    for await (const page of eventPages(this.#source, streamId, lacking, this.#batchEvents)) {
      this.#events.push(...page)
      if (this.#events.length >= this.#batchEvents) await this.#sendEvents()
    }
    if (!stream.isPruned) return
    const summary = await this.#source.prunedSummary({ streamId })
    if (summary === null) return
    try {
      checkSummary(summary)
    } catch (error) {
      this.damaged.push({ streamId, error })
      return
    }
    if (this.#summaries.push(summary) >= BATCH_SUMMARIES) await this.#sendSummaries()
  }

  async #sendEvents(): Promise<void> {
    if (this.#events.length === 0) return
    this.carried.events += (await this.#target.append(this.#events)).appended
    this.#events = []
  }

  /** Events go first: a version that arrives as an event is not lacking any more. */
  async #sendSummaries(): Promise<void> {
    await this.#sendEvents()
    if (this.#summaries.length === 0) return
    const { applied, overlapping } = await this.#target.applySummaries(this.#summaries)
    this.carried.summaries += applied
    this.#summaries = []
    for (const { streamId, wanted, lacking } of overlapping) await this.#applyWider(streamId, wanted, lacking)
  }

  /** Each side lost versions that the other counted. The source may still hold those that the target lost. */
  async #applyWider(streamId: string, wanted: string, lacking: string): Promise<void> {
    const wider = await this.#source.prunedSummary({ streamId, including: wanted })
    const answer = wider === null ? null : await this.#target.applySummaries([wider])
    this.carried.summaries += answer?.applied ?? 0
    const left = answer === null ? lacking : answer.overlapping[0]?.lacking
    if (left === undefined) this.#overlaps.delete(streamId)
    else this.#overlaps.set(streamId, left)
  }
}
