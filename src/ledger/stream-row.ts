// Builds the row of a stream: the only place where one is made or changed, so that kind, video key and checksum always
// follow from the rest. Called by append, replicate, retention and rebuild.

import type { StreamRow } from '../events/rows.js'
import { streamChecksumAfter, streamChecksumOf } from '../events/stream-checksum.js'
import { type Coverage, formatCoverage } from './coverage.js'
import { formatFacts, kindOf, type StreamFacts, videoKeyOf } from './facts.js'

/** Fields of a row that change. `facts` decide the kind and the video key too. */
export interface StreamChange
  extends Partial<Omit<StreamRow, 'stream' | 'streamId' | 'kind' | 'videoKey' | 'facts' | 'coverage' | 'rowChecksum'>> {
  readonly facts?: StreamFacts
  readonly coverage?: Readonly<Coverage>
}

/**
 * The checksum moves by the difference that the change makes. A row that did not have its checksum before does not have
 * it afterwards either, so damage is found however often the stream has been appended to since.
 */
export function changedStreamRow(before: StreamRow, { facts, coverage, ...values }: StreamChange): StreamRow {
  const after = {
    ...before,
    ...values,
    ...(facts === undefined ? {} : { kind: kindOf(facts), videoKey: videoKeyOf(facts), facts: formatFacts(facts) }),
    ...(coverage === undefined ? {} : { coverage: formatCoverage(coverage) }),
  }
  return { ...after, rowChecksum: streamChecksumAfter(before, after) }
}

/** A stream of which nothing is counted: what a new stream starts from, and what stays of one that was erased. */
export function emptyStreamRow(stream: number, streamId: string): StreamRow {
  const row = {
    stream,
    streamId,
    kind: 'unknown',
    videoKey: null,
    facts: '{}',
    coverage: '',
    firstAtMs: 0,
    lastAtMs: 0,
    heldCount: 0,
    heldChecksum: 0,
    countedChecksum: 0,
    ledgerChecksum: 0,
    firstPosition: 0,
    lastPosition: 0,
    revision: 0,
  } as const
  return { ...row, rowChecksum: streamChecksumOf(row) }
}
