// The learner's commands as they are listed: newest first, with what they name and whether they count.

import { addSums, measuresOf, zeroSums } from '../events/measures.js'
import {
  type Correction,
  isAboutStreams,
  readStandingCorrections,
  type StandingCorrections,
} from '../ledger/standing-corrections.js'
import type { Corrections, ListedCorrection } from '../ports/correction-types.js'
import type { LogSnapshot } from '../ports/event-log.js'

export async function listCorrections(snapshot: LogSnapshot): ReturnType<Corrections['list']> {
  const { revision } = await snapshot.head()
  const corrections = await readStandingCorrections(snapshot)
  const listed = corrections.all.toReversed()
  const sums = await sumsByStream(
    snapshot,
    listed.map(({ stream }) => stream),
  )
  return { corrections: listed.map((correction) => listedAs(correction, corrections, sums)), asOfRevision: revision }
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

function listedAs(
  { streamId, stream, type, occurredAtMs, payload }: Correction,
  corrections: StandingCorrections,
  sums: ReadonlyMap<number, readonly number[]>,
): ListedCorrection {
  const all = Object.entries(measuresOf(sums.get(stream) ?? zeroSums()))
  return {
    correctionId: streamId,
    type,
    occurredAtMs,
    names: payload,
    measures: Object.fromEntries(all.filter(([, value]) => value !== 0)),
    state: corrections.isVisible(streamId) || isAboutStreams(type) ? 'counts' : 'discarded',
  }
}
