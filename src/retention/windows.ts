// Moves the day and the month forward from which on rows of the read models exist that have a window, and takes the rows
// before them out, in one transaction that also notes the run. The ledger keeps their sums: a wider window brings them back.

import { ALL_ROWS, later, type RowsFrom, rowsFromOf, sameRules, windowsOf } from '../ledger/settings.js'
import type { EventLog, Head, LogSnapshot, LogWrites, ReadModelRow, Retained } from '../ports/event-log.js'
import { type Projection, projectionId } from '../ports/projection.js'

/** The moment of a run: it stays the same however long the run takes. */
export interface RunMoment {
  readonly nowMs: number
  /** Of the learner's clock then. */
  readonly today: number
}

export interface MovedWindows {
  readonly asOfRevision: number
  readonly rowsFrom: RowsFrom
  /** By projection id. */
  readonly removed: Readonly<Record<string, number>>
}

export async function moveWindows(
  log: EventLog,
  profile: string,
  projections: readonly Projection[],
  moment: RunMoment,
  dryRun: boolean,
): Promise<MovedWindows> {
  const work = (snapshot: LogSnapshot) => workOut(snapshot, projections, moment)
  return dryRun ? (await log.read(profile, work)).answer : log.update(profile, work)
}

async function workOut(
  snapshot: LogSnapshot,
  projections: readonly Projection[],
  { nowMs, today }: RunMoment,
): Promise<{ readonly writes: LogWrites; readonly answer: MovedWindows }> {
  const head = await snapshot.head()
  const wanted = rowsFromOf(windowsOf(head.settings), today)
  const before = head.settings.retained?.rowsFrom ?? ALL_ROWS
  const rowsFrom = { day: later(before.day, wanted.day), month: later(before.month, wanted.month) }
  const settings = { ...head.settings, retained: retainedAt(head, { atMs: nowMs, localDay: today, rowsFrom }) }
  const listed = projections.filter((projection) => head.projections.includes(projectionId(projection)))
  const rows: { projection: string; rows: readonly ReadModelRow[] }[] = []
  const removed: Record<string, number> = {}
  for (const projection of listed) {
    const from = projection.window && rowsFrom[projection.window.unit]
    if (projection.window === undefined || typeof from !== 'number') continue
    const id = projectionId(projection)
    const old = await snapshot.rows({ projection: id, range: { column: projection.window.column, to: from } })
    removed[id] = old.length
    if (old.length > 0) rows.push({ projection: id, rows: old.map(takenOff) })
  }
  // What another program's projections have from before is not known here: that program works them out again.
  const folded = sameRules(settings, head.settings) ? head.projections : listed.map(projectionId).sort()
  const revision = head.revision + 1
  return {
    writes: {
      head: { ...head, revision, settings, projections: folded },
      streams: [],
      events: [],
      ledger: [],
      rows,
      videos: [],
    },
    answer: { asOfRevision: revision, rowsFrom, removed },
  }
}

function takenOff(row: ReadModelRow): ReadModelRow {
  return { ...row, measures: row.measures.map((value) => 0 - value) }
}

/** Notes something of a run and changes no row. */
export function note(log: EventLog, profile: string, noted: Partial<Retained>): Promise<number> {
  return log.update(profile, async (snapshot) => {
    const head = await snapshot.head()
    const settings = { ...head.settings, retained: retainedAt(head, noted) }
    const revision = head.revision + 1
    return {
      writes: { head: { ...head, revision, settings }, streams: [], events: [], ledger: [], rows: [], videos: [] },
      answer: revision,
    }
  })
}

const NEVER: Retained = { atMs: 0, localDay: null, rowsFrom: ALL_ROWS, vacuumedAtMs: 0 }

function retainedAt({ settings }: Head, noted: Partial<Retained>): Retained {
  return { ...NEVER, ...settings.retained, ...noted }
}
