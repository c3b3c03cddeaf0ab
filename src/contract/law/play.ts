// Plays a history into one backend as two programs would that share it: the first knows the built-in projections and one
// of its own, the second does not know that one. Then reads everything back in the recount's form.

import { BUILT_IN_PROJECTIONS, rowTableOf } from '../../engine/built-in-projections.js'
import { createLogEngine } from '../../engine/engine.js'
import { encodeEvent } from '../../events/codec.js'
import { MEASURE_NAMES, type SparseMeasures } from '../../events/measures.js'
import type { EventType, NewEvent } from '../../events/types.js'
import type { EventLog, RowTable } from '../../ports/event-log.js'
import type { LogEngine } from '../../ports/log-engine.js'
import { defineProjection, projectionId } from '../../ports/projection.js'
import { type History, type Learner, OWN_PROJECTION_NAME, type Step } from './history.js'
import type { CountedRows, CountedSession, CountedVideo } from './recount.js'

const ownProjection = defineProjection({
  name: OWN_PROJECTION_NAME,
  version: 1,
  key: { weekday: 'integer' },
  keyOf: (entry, _stream, calendar) => ({ weekday: calendar.weekdayOf(entry) }),
})

/** By engine: what the program knows. */
const KNOWN = [[...BUILT_IN_PROJECTIONS, ownProjection], BUILT_IN_PROJECTIONS] as const
export const ENGINE_COUNT = KNOWN.length

/** Opens the one log of a history with these tables. */
export type OpenTables = (tables: readonly RowTable[]) => Promise<EventLog>

type Play = History['learners'][number]

/** After every history: a session with events after its end is active for five minutes, and then ended. */
const LONG_AFTER = { nowMs: Date.UTC(2028, 0, 1), offsetMin: 0 }

/** Two programs on one log, playing the steps of one learner. */
export interface Programs {
  play(): Promise<void>
  /** Through the first program, which knows every projection. */
  readRows(): Promise<CountedRows>
  readSessions(): Promise<readonly CountedSession[]>
  readVideos(): Promise<readonly CountedVideo[]>
  rebuild(fromLog: boolean): Promise<number>
  verify(): Promise<readonly unknown[]>
  close(): Promise<void>
}

export async function openPrograms(
  { learner, steps, settings }: Play,
  openLog: OpenTables,
  engineCount: number = ENGINE_COUNT,
): Promise<Programs> {
  const events = recordedForm(learner)
  let clock = LONG_AFTER
  const engines: LogEngine[] = []
  for (let index = 0; index < engineCount; index++) engines.push(await open(index))
  const first = () => engines[0] as LogEngine

  async function open(index: number): Promise<LogEngine> {
    const projections = KNOWN[index] as (typeof KNOWN)[number]
    const log = await openLog(projections.map(rowTableOf))
    return createLogEngine({
      log,
      profile: learner.profile,
      settings: { dayStartsAtHour: settings.dayStartsAtHour, retention: settings.windows },
      projections,
      clock: { nowMs: () => clock.nowMs, utcOffsetMin: () => clock.offsetMin },
    })
  }

  async function take(step: Step): Promise<void> {
    const engine = engines[step.engine] as LogEngine
    switch (step.kind) {
      case 'append':
        await engine.append(step.events.map((number) => events[number] as NewEvent))
        return
      case 'rebuild':
        await engine.rebuild({ fromLog: step.fromLog })
        return
      case 'rebuild-one':
        await engine.rebuild({ projection: step.projection })
        return
      case 'day-start':
        await engine.configure({ dayStartsAtHour: step.hour })
        return
      case 'windows':
        await engine.configure({ retention: step.windows })
        return
      case 'retain':
        clock = step
        // A run after a jump of the clock only notes it, and the next one does what is due.
        for (let runs = 0; runs < 2; runs++) await engine.retain({ dryRun: step.dryRun })
        clock = LONG_AFTER
        return
      case 'reopen':
        await engine.close()
        engines[step.engine] = await open(step.engine)
        return
      case 'read':
        await engine.analyze('rows', { projection: 'calendar@1' })
        return
    }
  }

  return {
    async play() {
      for (const step of steps) await take(step)
    },
    async readRows() {
      const tables: Record<string, Record<string, Record<string, number>>> = {}
      for (const projection of KNOWN[0]) {
        const answer = await first().analyze('rows', { projection: projectionId(projection) })
        const columns = [...Object.keys(projection.key), 'language']
        const rows: Record<string, Record<string, number>> = {}
        for (const row of answer.rows) {
          const measures = MEASURE_NAMES.filter((name) => row.measures[name] !== 0).map(
            (name) => [name, row.measures[name]] as const,
          )
          rows[JSON.stringify(columns.map((column) => row.key[column]))] = Object.fromEntries(measures)
        }
        tables[projection.name] = rows
      }
      return tables
    },
    async readSessions() {
      const { sessions } = await first().analyze('sessions', { limit: 500 })
      return sessions.map(({ sessionId, videoKey, language, startedAtMs, endedAtMs }) => ({
        sessionId,
        videoKey,
        language,
        startedAtMs,
        endedAtMs,
      }))
    },
    async readVideos() {
      const { videos } = await first().analyze('videos', { limit: 500 })
      return videos.map(({ videoKey, facts, firstSeenAtMs, lastSeenAtMs }) => ({
        videoKey,
        title: facts.title,
        episode: facts.episode,
        firstSeenAtMs,
        lastSeenAtMs,
      }))
    },
    async rebuild(fromLog) {
      const { changed, videosCorrected, ledgersCorrected } = await first().rebuild({ fromLog })
      const rows = Object.values(changed).map((one) => one.added + one.removed + one.corrected)
      return rows.reduce((sum, one) => sum + one, videosCorrected + ledgersCorrected)
    },
    async verify() {
      return (await first().verify()).damage
    },
    async close() {
      for (const engine of engines) await engine.close()
    },
  }
}

/** All that happened to a learner, as it is recorded: sitting by sitting. */
export function recordedForm(learner: Learner): readonly NewEvent[] {
  return learner.sittings.flatMap(({ streamId, happenings }) =>
    happenings.map((one, index) => {
      const event = {
        streamId,
        type: one.type as EventType,
        occurredAtMs: one.atMs,
        utcOffsetMin: one.offsetMin,
        measures: one.measures as SparseMeasures,
        payload: one.payload,
      }
      return encodeEvent(event, index + 1).event
    }),
  )
}
