// The rows of one profile in memory, and the one place that changes them. log.ts keeps the current state of each profile and
// copies it first while it is read, so a state in use never changes. Rows and arrays inside are replaced, never
// altered, which is why a shallow copy is enough.

import { addSums, isZero } from '../../src/events/measures.js'
import type {
  EventRow,
  Head,
  LedgerRow,
  LogWrites,
  ReadModelRow,
  StreamRow,
  VideoRow,
} from '../../src/ports/event-log.js'
import { brokenWrites, checkWrites } from '../port/refusals.js'

export interface ProfileState {
  head: Head
  /** By number. */
  readonly streams: Map<number, StreamRow>
  readonly streamNumbers: Map<string, number>
  /** Ascending by position. */
  readonly events: EventRow[]
  readonly ledger: Map<string, LedgerRow>
  /** By projection id, then by key as JSON. */
  readonly rows: Map<string, Map<string, ReadModelRow>>
  readonly videos: Map<string, VideoRow>
}

/** A copy of the state, or an empty one. */
export function copyState(head: Head, state?: ProfileState): ProfileState {
  return {
    head,
    streams: new Map(state?.streams),
    streamNumbers: new Map(state?.streamNumbers),
    events: state?.events.slice() ?? [],
    ledger: new Map(state?.ledger),
    rows: new Map([...(state?.rows ?? [])].map(([projection, rows]) => [projection, new Map(rows)])),
    videos: new Map(state?.videos),
  }
}

/** Throws when a database would refuse the writes. After it has passed, applyWrites does not fail. */
export function checkRows(state: ProfileState, writes: LogWrites): void {
  checkWrites(state.head.position, writes)
  for (const row of writes.streams) {
    const number = state.streamNumbers.get(row.streamId) ?? row.stream
    if (number !== row.stream || row.stream > writes.head.streamCount) {
      throw brokenWrites(`stream ${row.streamId} cannot have the number ${row.stream}`)
    }
  }
}

/** `beforeEach` is called before every single row, so that a test can fail in the middle. */
export function applyWrites(state: ProfileState, writes: LogWrites, beforeEach: () => void = () => {}): void {
  for (const row of writes.streams) {
    beforeEach()
    state.streams.set(row.stream, row)
    state.streamNumbers.set(row.streamId, row.stream)
  }
  for (const [from, through] of writes.removedPositions ?? []) {
    beforeEach()
    const first = firstAfter(state.events, from - 1)
    state.events.splice(first, firstAfter(state.events, through) - first)
  }
  for (const event of writes.events) {
    beforeEach()
    state.events.push(event)
  }
  for (const row of writes.ledger) {
    beforeEach()
    addRow(state.ledger, `${row.stream} ${row.quarter} ${row.utcOffsetMin}`, row)
  }
  for (const { projection, rows } of writes.rows) {
    const held = state.rows.get(projection) ?? new Map<string, ReadModelRow>()
    state.rows.set(projection, held)
    for (const row of rows) {
      beforeEach()
      addRow(held, JSON.stringify(row.key), row)
    }
  }
  for (const row of writes.videos) {
    beforeEach()
    state.videos.set(row.videoKey, row)
  }
  for (const videoKey of writes.removedVideoKeys ?? []) state.videos.delete(videoKey)
  beforeEach()
  state.head = writes.head
}

/** Index of the first event whose position is above `position`; positions ascend, with gaps where events were removed. */
export function firstAfter(events: readonly EventRow[], position: number): number {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((events[middle] as EventRow).position <= position) low = middle + 1
    else high = middle
  }
  return low
}

function addRow<Row extends { readonly measures: readonly number[] }>(
  held: Map<string, Row>,
  key: string,
  added: Row,
): void {
  const sums = [...(held.get(key)?.measures ?? [])]
  if (sums.length === 0) sums.push(...added.measures)
  else addSums(sums, added.measures)
  if (isZero(sums)) held.delete(key)
  else held.set(key, { ...added, measures: sums })
}
