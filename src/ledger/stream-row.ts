// Builds the row of a stream: the only place where one is made or changed, so that kind, video key and checksum always
// follow from the rest. Called by append, replicate, retention and rebuild.

import type { StreamRow } from '../events/rows.js'
import { streamChecksumAfter, streamChecksumOf } from '../events/stream-checksum.js'
import { type Coverage, formatCoverage } from './coverage.js'
import { formatFacts, kindOf, type StreamFacts, videoKeyOf } from './facts.js'

/** Fields of a row that change. `facts` decide the kind and the video key too. */
export interface StreamChange
  extends Partial<Omit<StreamRow, 'stream' | 'streamId' | 'kind' | 'videoKey' | 'facts' | 'coverage' | 'rowChecksum'>> {
  readonly facts?: StreamFacts | undefined
  readonly coverage?: Readonly<Coverage>
}

/**
 * The checksum is updated by the difference. If it was wrong before the change, it stays wrong, so that later appends
 * never hide damage.
 */
export function changedStreamRow(before: StreamRow, change: StreamChange): StreamRow {
  const { facts, coverage } = change
  // Field by field, because spreading objects takes several times as long, for each stream of each batch.
  const after = {
    stream: before.stream,
    streamId: before.streamId,
    kind: facts === undefined ? before.kind : kindOf(facts),
    videoKey: facts === undefined ? before.videoKey : videoKeyOf(facts),
    facts: facts === undefined ? before.facts : formatFacts(facts),
    coverage: coverage === undefined ? before.coverage : formatCoverage(coverage),
    firstAtMs: change.firstAtMs ?? before.firstAtMs,
    lastAtMs: change.lastAtMs ?? before.lastAtMs,
    heldCount: change.heldCount ?? before.heldCount,
    heldChecksum: change.heldChecksum ?? before.heldChecksum,
    countedChecksum: change.countedChecksum ?? before.countedChecksum,
    ledgerChecksum: change.ledgerChecksum ?? before.ledgerChecksum,
    rowChecksum: 0,
    firstPosition: change.firstPosition ?? before.firstPosition,
    lastPosition: change.lastPosition ?? before.lastPosition,
    revision: change.revision ?? before.revision,
  }
  after.rowChecksum = streamChecksumAfter(before, after)
  return after
}

const EMPTY = {
  stream: 0,
  streamId: '',
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
  rowChecksum: 0,
  firstPosition: 0,
  lastPosition: 0,
  revision: 0,
} as const satisfies StreamRow
const NO_STREAM: StreamRow = { ...EMPTY, rowChecksum: streamChecksumOf(EMPTY) }

/** A stream of which nothing is counted: what a new stream starts from, and what stays of one that was erased. */
export function emptyStreamRow(stream: number, streamId: string): StreamRow {
  const row = { ...NO_STREAM, stream, streamId }
  row.rowChecksum = streamChecksumAfter(NO_STREAM, row)
  return row
}
