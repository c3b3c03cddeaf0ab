// The learner's corrections as a list, newest first, with their targets, their measures and whether they count.

import { addSums, sparseOf, zeroSums } from '../events/measures.js'
import {
  type Correction,
  decidesVisibility,
  readStandingCorrections,
  type StandingCorrections,
} from '../ledger/standing-corrections.js'
import type { Corrections, ListedCorrection } from '../ports/correction-types.js'
import type { LogSnapshot } from '../ports/event-log.js'

export async function listCorrections(snapshot: LogSnapshot): ReturnType<Corrections['list']> {
  const { revision } = await snapshot.head()
  const corrections = await readStandingCorrections(snapshot)
  const newestFirst = corrections.all.toReversed()
  const sums = await sumsByStream(
    snapshot,
    newestFirst.map(({ stream }) => stream),
  )
  return {
    corrections: newestFirst.map((correction) => listed(correction, corrections, sums)),
    asOfRevision: revision,
  }
}

async function sumsByStream(
  snapshot: LogSnapshot,
  streams: readonly number[],
): Promise<ReadonlyMap<number, readonly number[]>> {
  const sums = new Map<number, number[]>()
  if (streams.length === 0) return sums
  for (const { stream, measures } of await snapshot.ledger({ streams })) {
    const held = sums.get(stream) ?? zeroSums()
    addSums(held, measures)
    sums.set(stream, held)
  }
  return sums
}

function listed(
  { streamId, stream, type, occurredAtMs, payload }: Correction,
  corrections: StandingCorrections,
  sums: ReadonlyMap<number, readonly number[]>,
): ListedCorrection {
  return {
    correctionId: streamId,
    type,
    occurredAtMs,
    names: payload,
    measures: sparseOf(sums.get(stream) ?? zeroSums()),
    state: corrections.isVisible(streamId) || decidesVisibility(type) ? 'counts' : 'discarded',
  }
}
