// Plays a history into one log, as the programs would that share it. The first program knows the built-in projections and
// one of its own; the second does not know that one. Then everything is read back in the form of the recount.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { builtInProjections, rowTableOf } from '../../engine/built-in-projections.js'
import { createLogEngine } from '../../engine/engine.js'
import { checksumOf } from '../../events/checksum.js'
import { encodeEvent } from '../../events/codec.js'
import { hasCode, ImmersionError } from '../../events/errors.js'
import { MEASURE_NAMES, type SparseMeasures } from '../../events/measures.js'
import type { EventType, NewEvent } from '../../events/types.js'
import { decidesVisibility } from '../../ledger/standing-corrections.js'
import type { CorrectionRequest } from '../../ports/correction-types.js'
import type { EventLog, RowTable } from '../../ports/event-log.js'
import type { LogEngine } from '../../ports/log-engine.js'
import { defineProjection, type Projection, projectionId } from '../../ports/projection.js'
import { type CorrectionStep, type Learner, OWN_PROJECTION_NAME, type Play, type Step } from './history.js'
import type { CountedRows, CountedSession, CountedVideo } from './recount.js'

const ownProjection = defineProjection({
  name: OWN_PROJECTION_NAME,
  version: 1,
  key: { weekday: 'integer' },
  keyOf: (entry, _stream, calendar) => ({ weekday: calendar.weekdayOf(entry) }),
})

/** The first program of a log knows every projection, the second only those that come with the package. */
export const ENGINE_COUNT = 2

async function projectionsOf(index: number): Promise<readonly Projection[]> {
  const builtIn = await builtInProjections()
  return index === 0 ? [...builtIn, ownProjection] : builtIn
}

/** Opens the one log of a history with these tables. */
export type OpenTables = (tables: readonly RowTable[]) => Promise<EventLog>

/** Higher than the versions of every stream. */
const SMUGGLED_VERSION = 1_000

/** With these, a request of a correction is refused because of what is stored. */
const REFUSALS: readonly string[] = ['INVALID_ARGUMENT', 'UNKNOWN_SESSION', 'UNKNOWN_VIDEO']

/** After every history. A session with events after its end is active for five minutes, and must have ended by now. */
const LONG_AFTER = { nowMs: Date.UTC(2028, 0, 1), offsetMin: 0 }

/** `engineCount` programs on one log, 1 or 2. */
export async function openPrograms(
  play: Play,
  openLog: OpenTables,
  engineCount: number = ENGINE_COUNT,
): Promise<Programs> {
  const programs = new Programs(play, openLog)
  for (let index = 0; index < engineCount; index++) await programs.open(index)
  return programs
}

export class Programs {
  readonly #events: readonly NewEvent[]
  readonly #engines: LogEngine[] = []
  #clock = LONG_AFTER

  constructor(
    readonly history: Play,
    readonly openLog: OpenTables,
  ) {
    this.#events = recordedForm(history)
  }

  /** Opens the program with this number, for the first time or again. */
  async open(index: number): Promise<void> {
    const projections = await projectionsOf(index)
    this.#engines[index] = await createLogEngine({
      log: await this.openLog(projections.map(rowTableOf)),
      profile: this.history.profile,
      settings: this.history.settings,
      projections,
      clock: { nowMs: () => this.#clock.nowMs, utcOffsetMin: () => this.#clock.offsetMin },
    })
  }

  async play(): Promise<void> {
    for (const step of this.history.steps) await this.take(step)
  }

  /** Resolves, for requests of corrections, to the code with which each was refused, or null. */
  async take(step: Step): Promise<readonly (string | null)[]> {
    if (step.kind === 'correct')
      return Promise.all(step.requests.map((request, index) => this.#correct(index, request)))
    await this.#act(step)
    return []
  }

  async #correct(index: number, request: CorrectionStep['requests'][number]): Promise<string | null> {
    try {
      await this.#engine(index).correct({ ...request, correctionId: randomUUID() } as CorrectionRequest)
      return null
    } catch (error) {
      if (error instanceof ImmersionError && REFUSALS.includes(error.code)) return error.code
      throw error
    }
  }

  #engine(index: number): LogEngine {
    return this.#engines[index] as LogEngine
  }

  async #act(step: Exclude<Step, CorrectionStep>): Promise<unknown> {
    const engine = this.#engine(step.engine)
    switch (step.kind) {
      case 'append':
        return engine.append(step.events.map((number) => this.#events[number] as NewEvent))
      case 'smuggle':
        return smuggle(engine, this.#events[step.event] as NewEvent)
      case 'conflict':
        return contradict(engine, this.#events[step.event] as NewEvent, step.laterMs)
      case 'misconfigure':
        return misconfigure(engine, step.settings)
      case 'rebuild':
        return engine.rebuild(step.options)
      case 'configure':
        return engine.configure(step.settings)
      case 'retain':
        this.#clock = step
        // A run after a jump of the clock only notes it, and the next one removes events.
        for (let runs = 0; runs < 2; runs++) await engine.retain({ dryRun: step.dryRun })
        this.#clock = LONG_AFTER
        return
      case 'reopen':
        await engine.close()
        return this.open(step.engine)
      case 'read':
        return engine.analyze('rows', { projection: 'calendar@1' })
    }
  }

  /** The first program knows every projection, so everything is read through it. */
  get #first(): LogEngine {
    return this.#engine(0)
  }

  async readRows(): Promise<CountedRows> {
    const tables: Record<string, Record<string, Record<string, number>>> = {}
    for (const projection of await projectionsOf(0)) {
      const answer = await this.#first.analyze('rows', { projection: projectionId(projection) })
      const columns = [...Object.keys(projection.key), 'language']
      const rows = answer.rows.map(({ key, measures }) => [
        JSON.stringify(columns.map((column) => key[column])),
        Object.fromEntries(MEASURE_NAMES.flatMap((name) => (measures[name] === 0 ? [] : [[name, measures[name]]]))),
      ])
      tables[projection.name] = Object.fromEntries(rows)
    }
    return tables
  }

  async readSessions(): Promise<readonly CountedSession[]> {
    const { sessions } = await this.#first.analyze('sessions', { limit: 500 })
    return sessions.map(({ sessionId, videoKey, language, startedAtMs, endedAtMs }) => {
      return { sessionId, videoKey, language, startedAtMs, endedAtMs }
    })
  }

  async readVideos(): Promise<readonly CountedVideo[]> {
    const { videos } = await this.#first.analyze('videos', { limit: 500 })
    return videos.map(({ videoKey, facts: { title, episode }, firstSeenAtMs, lastSeenAtMs }) => {
      return { videoKey, title, episode, firstSeenAtMs, lastSeenAtMs }
    })
  }

  /** Resolves to the number of rows, videos and ledgers that the rebuild changed. */
  async rebuild(fromLog: boolean): Promise<number> {
    const { changed, videosCorrected, ledgersCorrected } = await this.#first.rebuild({ fromLog })
    const rows = Object.values(changed).map((one) => one.added + one.removed + one.corrected)
    return rows.reduce((sum, one) => sum + one, videosCorrected + ledgersCorrected)
  }

  /** Resolves to the damage that verify finds. */
  async verify(): Promise<readonly unknown[]> {
    return (await this.#first.verify()).damage
  }

  async close(): Promise<void> {
    for (const engine of this.#engines) await engine.close()
  }
}

/** Appends the event with a correction in the same stream. It must be refused, unless the stream was erased. */
async function smuggle(engine: LogEngine, event: NewEvent): Promise<void> {
  // Even in an erased stream these are recorded, and nothing else is.
  if (decidesVisibility(event.type)) return
  const { streamId, occurredAtMs, utcOffsetMin } = event
  const payload = { videoKey: 'local:/tv/a.mkv', title: 'Smuggled' }
  const renamed = { streamId, type: 'video.renamed', occurredAtMs, utcOffsetMin, measures: {}, payload } as const
  const { event: correction } = encodeEvent(renamed, SMUGGLED_VERSION)
  const appended = await engine.append([event, correction]).then(
    (answer) => answer.appended,
    (error) => (hasCode(error, 'IMPORT_INVALID') ? 0 : Promise.reject(error)),
  )
  if (appended > 0) throw new Error(`a correction was recorded in the stream ${streamId}, which has other events`)
}

/** Appends other content of an event. Where the event is held, that must be a conflict, and otherwise it adds nothing. */
async function contradict(engine: LogEngine, event: NewEvent, laterMs: number): Promise<void> {
  const { streamId, version, measures } = event
  const doubled = Object.fromEntries(Object.entries(measures).map(([name, value]) => [name, value * 2]))
  const isSame = laterMs === 0 && Object.values(measures).every((value) => value === 0)
  const occurredAtMs = event.occurredAtMs + (isSame ? 1 : laterMs)
  const content = { ...event, occurredAtMs, measures: laterMs === 0 ? doubled : measures }
  const [held] = await engine.streamEvents({ streamId, versions: String(version), limit: 1 })
  const appended = await engine.append([{ ...content, checksum: checksumOf(content) }]).then(
    (answer) => answer.appended,
    (error) => (hasCode(error, 'VERSION_CONFLICT') ? null : Promise.reject(error)),
  )
  if (appended !== null && (appended > 0 || held !== undefined))
    throw new Error(`other content of version ${version} of the stream ${streamId} was no conflict`)
}

async function misconfigure(engine: LogEngine, settings: object): Promise<void> {
  const before = await engine.settings()
  const isRefused = (error: unknown) => hasCode(error, 'INVALID_ARGUMENT')
  await assert.rejects(engine.configure(settings), isRefused, `${JSON.stringify(settings)} was accepted`)
  assert.deepEqual(await engine.settings(), before, 'settings that were refused changed something')
}

/** All events of a learner in the form in which they are recorded, stream by stream. */
export function recordedForm(learner: Learner): readonly NewEvent[] {
  return learner.streams.flatMap(({ streamId, events }) =>
    events.map((one, index) => {
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
