// LogWrites in which each row stands once. The port lets a commit name a row several times; a statement that writes many
// rows at once cannot. What adds nothing is left out, and of what is put in place whole the last one counts.

import type { LogWrites, ReadModelRow } from '../../src/ports/event-log.js'

export function singleWrites(writes: LogWrites): LogWrites {
  const removed = new Set(writes.removedVideoKeys)
  return {
    ...writes,
    streams: lastOf(writes.streams, ({ stream }) => stream),
    ledger: summed(writes.ledger, ({ stream, quarter, utcOffsetMin }) => `${stream} ${quarter} ${utcOffsetMin}`),
    rows: rowsOf(writes),
    videos: lastOf(writes.videos, ({ videoKey }) => videoKey).filter(({ videoKey }) => !removed.has(videoKey)),
    removedVideoKeys: [...removed],
  }
}

/** Whether some sum of the writes is taken away from. */
export function takesAway({ ledger, rows }: LogWrites): boolean {
  return ledger.some(isBelowZero) || rows.some((one) => one.rows.some(isBelowZero))
}

interface Sum {
  readonly measures: readonly number[]
}

export function isBelowZero({ measures }: Sum): boolean {
  return measures.some((value) => value < 0)
}

function rowsOf({ rows }: LogWrites): LogWrites['rows'] {
  const byProjection = new Map<string, readonly ReadModelRow[]>()
  for (const one of rows) byProjection.set(one.projection, [...(byProjection.get(one.projection) ?? []), ...one.rows])
  return [...byProjection].map(([projection, all]) => ({
    projection,
    rows: summed(all, ({ key }) => JSON.stringify(key)),
  }))
}

function summed<Row extends Sum>(rows: readonly Row[], keyOf: (row: Row) => string): readonly Row[] {
  const byKey = new Map<string, Row>()
  for (const row of rows) {
    const key = keyOf(row)
    const before = byKey.get(key)
    byKey.set(key, before ? { ...row, measures: sumOf(before.measures, row.measures) } : row)
  }
  return [...byKey.values()].filter(({ measures }) => measures.some((value) => value !== 0))
}

function sumOf(left: readonly number[], right: readonly number[]): readonly number[] {
  return left.map((value, place) => value + (right[place] ?? 0))
}

function lastOf<Row, Key>(rows: readonly Row[], keyOf: (row: Row) => Key): readonly Row[] {
  if (rows.length < 2) return rows
  return [...new Map(rows.map((row) => [keyOf(row), row])).values()]
}
