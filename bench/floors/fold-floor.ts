// The floor of verify: pages of raw rows by the bare driver, measures added to a Map of stream and quarter hour, and, on
// request, every payload decoded. No checksum and no comparison: what remains of verify without its checks.

import { unpackPayload } from '../../adapters/sql/payload-text.js'
import { openBare } from '../databases.js'

const PAGE_EVENTS = 5_000
/** Above every quarter hour until the year 2089. */
const QUARTERS = 2 ** 22
const QUARTER_MS = 900_000

type Row = readonly [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  string | null,
  string | null,
  number,
]

/** Answers how many entries there are, so that nothing is left out as unused. */
export function foldLog(at: string, decodePayloads: boolean): number {
  const database = openBare(at, true)
  const page = database.prepare('select * from events where event_id > ? order by event_id limit ?').raw()
  const fold = createFold()
  let after = 0
  for (;;) {
    const rows = page.all(after, PAGE_EVENTS) as readonly Row[]
    for (const row of rows) {
      addToFold(fold, row[1], row[5], [row[7], row[8], row[9]])
      const payload = decodePayloads ? unpackPayload(row[11]) : null
      if (payload !== null && JSON.parse(payload) !== null) fold.decoded++
    }
    if (rows.length < PAGE_EVENTS) break
    after = rows[rows.length - 1]?.[0] ?? after
  }
  database.close()
  return fold.entries.size + fold.decoded
}

export interface Fold {
  /** By stream and quarter hour: how many events, and their three measures. */
  readonly entries: Map<number, number[]>
  decoded: number
}

export function createFold(): Fold {
  return { entries: new Map(), decoded: 0 }
}

export function addToFold(
  { entries }: Fold,
  stream: number,
  occurredAtMs: number,
  [measure1, measure2, measure3]: readonly [number, number, number],
): void {
  const key = stream * QUARTERS + Math.floor(occurredAtMs / QUARTER_MS)
  let sums = entries.get(key)
  if (sums === undefined) {
    sums = [0, 0, 0, 0]
    entries.set(key, sums)
  }
  sums[0] = (sums[0] ?? 0) + 1
  sums[1] = (sums[1] ?? 0) + measure1
  sums[2] = (sums[2] ?? 0) + measure2
  sums[3] = (sums[3] ?? 0) + measure3
}
