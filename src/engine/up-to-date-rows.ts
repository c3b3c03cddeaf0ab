// Keeps rows of read models up to date. A projection is behind if it is new to the log, or if the last program to write
// does not know it. It is rebuilt when the log is opened, and when a query finds it behind.

import { ProjectionBehind } from '../analytics/reading.js'
import { hasCode, ImmersionError } from '../events/errors.js'
import { faultyProjection } from '../ledger/grouping.js'
import type { ProfileLog } from '../ledger/profile-log.js'
import type { Head } from '../ports/event-log.js'
import type { ProfileSettings } from '../ports/profile-settings.js'
import { type Projection, projectionId } from '../ports/projection.js'
import type { RebuildOptions, RebuildReport } from '../ports/report-types.js'
import { rebuild } from '../rebuild/rebuild.js'

/** Each try finds rows that another program has left behind in between; programs do not do that often. */
const READ_TRIES = 10

/** Opens the profile. A projection that fails stays behind: nothing else waits for it, and queries of its rows get its error. */
export async function openUpToDate(own: ProfileLog, settings: ProfileSettings): Promise<Head> {
  const head = await own.log.openProfile(own.profile, settings)
  let behind = own.projections.filter((projection) => !head.projections.includes(projectionId(projection)))
  while (behind.length > 0) {
    try {
      return (await rebuild(own, { projections: behind })).head
    } catch (error) {
      // Verify and export read what is there; a reader's query of these rows goes to the writer (worker-client.ts).
      if (hasCode(error, 'STORAGE_READ_ONLY')) return head
      const faulty = faultyProjection(error)
      if (faulty === null) throw error
      behind = behind.filter((projection) => projectionId(projection) !== faulty)
    }
  }
  return head
}

/** Runs the query, and runs it again after a rebuild where it found its rows behind. */
export async function answerUpToDate<Answer>(own: ProfileLog, query: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    try {
      return await query()
    } catch (error) {
      if (!(error instanceof ProjectionBehind) || tries === READ_TRIES) throw error
      await rebuild(own, { projections: [named(own, error.projection)] })
    }
  }
}

export async function rebuildRows(
  own: ProfileLog,
  { projection, fromLog = false }: RebuildOptions,
): Promise<RebuildReport> {
  // Ledgers that are repaired change the rows of every projection.
  const projections = projection === undefined || fromLog ? own.projections : [named(own, projection)]
  return (await rebuild(own, { projections, fromLog })).report
}

/** By its name, or as `name@version`. */
function named({ projections }: ProfileLog, name: string): Projection {
  const found = projections.find((one) => projectionId(one) === name || one.name === name)
  if (found !== undefined) return found
  const known = projections.map(projectionId)
  throw new ImmersionError('UNKNOWN_PROJECTION', `There is no projection ${name}.`, {
    hint: `Known are ${known.join(', ')}.`,
    details: { projection: name, known },
  })
}
