// Moves the first day and the first month of which rows exist forward, and deletes the rows before them, in one transaction
// that also notes the run. Only read models with a window have such rows. The ledger keeps their sums, so a wider window
// brings them back.

import { negated } from '../events/measures.js'
import { ALL_ROWS, later, rowsFromOf, sameRules, windowsOf } from '../ledger/settings.js'
import type { EventLog, Head, LogSnapshot, LogWrites, Retained } from '../ports/event-log.js'
import { type Projection, projectionId } from '../ports/projection.js'

/**
 * Answers the first day and month of which rows exist afterwards, and how many rows were removed by projection id. `now` is
 * the moment of the run, however long it takes, and `today` is the local day on the learner's clock.
 */
export async function moveWindows(
  log: EventLog,
  profile: string,
  projections: readonly Projection[],
  now: { readonly nowMs: number; readonly today: number },
  dryRun: boolean,
) {
  const work = async (snapshot: LogSnapshot) => {
    const head = await snapshot.head()
    const wanted = rowsFromOf(windowsOf(head.settings), now.today)
    const before = head.settings.retained?.rowsFrom ?? ALL_ROWS
    const rowsFrom = { day: later(before.day, wanted.day), month: later(before.month, wanted.month) }
    const settings = settingsWith(head, { atMs: now.nowMs, localDay: now.today, rowsFrom })
    const listed = projections.filter((projection) => head.projections.includes(projectionId(projection)))
    const rows: LogWrites['rows'][number][] = []
    const removed: Record<string, number> = {}
    for (const projection of listed) {
      const { window } = projection
      const to = window && rowsFrom[window.unit]
      if (window === undefined || typeof to !== 'number') continue
      const id = projectionId(projection)
      const old = await snapshot.rows({ projection: id, range: { column: window.column, to } })
      removed[id] = old.length
      const taken = old.map((row) => ({ ...row, measures: negated(row.measures) }))
      if (old.length > 0) rows.push({ projection: id, rows: taken })
    }
    // Rows of a projection that this program does not know cannot be deleted here. It is left behind, to be rebuilt.
    const kept = sameRules(settings, head.settings) ? head.projections : listed.map(projectionId).sort()
    const writes = { ...headWrites({ ...head, settings, projections: kept }), rows }
    return { writes, answer: { asOfRevision: writes.head.revision, rowsFrom, removed } }
  }
  return dryRun ? (await log.read(profile, work)).answer : log.update(profile, work)
}

/** Notes a run and changes no row. Answers the revision. */
export function note(log: EventLog, profile: string, noted: Partial<Retained>): Promise<number> {
  return log.update(profile, async (snapshot) => {
    const head = await snapshot.head()
    const writes = headWrites({ ...head, settings: settingsWith(head, noted) })
    return { writes, answer: writes.head.revision }
  })
}

/** Writes of a head alone, with its next revision. */
export function headWrites(head: Head): LogWrites {
  const next = { ...head, revision: head.revision + 1 }
  return { head: next, streams: [], events: [], ledger: [], rows: [], videos: [] }
}

const NEVER: Retained = { atMs: 0, localDay: null, rowsFrom: ALL_ROWS, vacuumedAtMs: 0 }

function settingsWith({ settings }: Head, noted: Partial<Retained>): Head['settings'] {
  return { ...settings, retained: { ...NEVER, ...settings.retained, ...noted } }
}
