// Recorded events, and a log on each backend that a test opens as often as it needs programs on it. Used by the tests of the
// ledger. Expected numbers are never computed here.

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { forgetSharedLog, adapter as memory } from '../../adapters/memory/adapter.js'
import { adapter as sqlite } from '../../adapters/sqlite/adapter.js'
import { Appender } from '../../src/append/append.js'
import { rowTableOf } from '../../src/engine/built-in-projections.js'
import { checksumOf } from '../../src/events/checksum.js'
import { MEASURE_NAMES, type SparseMeasures } from '../../src/events/measures.js'
import type { EventType, NewEvent } from '../../src/events/types.js'
import type { EventLog, EventLogAdapter, EventLogOptions, LogSnapshot } from '../../src/ports/event-log.js'
import { type Projection, projectionId } from '../../src/ports/projection.js'
import type { RebuildReport, VerifyReport } from '../../src/ports/report-types.js'
import { type RebuildWork, rebuild } from '../../src/rebuild/rebuild.js'
import { verify } from '../../src/rebuild/verify.js'
import { BUILT_IN_PROJECTIONS } from './built-in-projections.js'

export const PROFILE = 'default'
/** 2026-03-02T10:00:00Z, a Monday. */
export const START_MS = Date.UTC(2026, 2, 2, 10)
export const MINUTE_MS = 60_000
/** The local day of START_MS in UTC. */
export const START_DAY = START_MS / 86_400_000 - 10 / 24

/** An event without what is the same for all. */
export interface EventParts {
  readonly type: EventType
  readonly atMs?: number
  readonly offsetMin?: number
  readonly measures?: SparseMeasures
  readonly payload?: Readonly<Record<string, unknown>>
}

export function event(streamId: string, version: number, parts: EventParts): NewEvent {
  const content = {
    streamId,
    version,
    type: parts.type,
    payloadVersion: 1,
    occurredAtMs: parts.atMs ?? START_MS,
    utcOffsetMin: parts.offsetMin ?? 0,
    measures: parts.measures ?? {},
    payload: parts.payload === undefined ? null : JSON.stringify({ json: parts.payload }),
  }
  return { ...content, checksum: checksumOf(content) }
}

/** A stream's id from a small number, in the order of the numbers. */
export function idOf(number: number): string {
  return `01900000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`
}

export function started(
  streamId: string,
  version: number,
  videoKey: string,
  language?: string,
  atMs = START_MS,
): NewEvent {
  const payload = { videoKey, ...(language === undefined ? {} : { targetLanguage: language }) }
  return event(streamId, version, { type: 'session.started', atMs, measures: { sessions: 1 }, payload })
}

export function line(streamId: string, version: number, atMs = START_MS, chars = 10): NewEvent {
  const payload = { text: `line ${version}` }
  return event(streamId, version, { type: 'subtitle.shown', atMs, measures: { lines: 1, chars }, payload })
}

/** One profile of one log that a program has open. */
export interface Program {
  readonly log: EventLog
  append: Appender['append']
  rebuild(work?: Partial<RebuildWork>): Promise<RebuildReport>
  verify(): Promise<VerifyReport>
  read<T>(work: (snapshot: LogSnapshot) => Promise<T>): Promise<T>
  /** Measures that are not 0, by key joined with spaces. */
  rows(name: string): Promise<Record<string, SparseMeasures>>
  everything(): Promise<unknown>
}

export interface Backend {
  readonly name: string
  /** The database file, for SQLite. */
  readonly file: string | null
  open(projections?: readonly Projection[]): Promise<Program>
  /** The log alone; no projection is rebuilt. */
  openLog(projections: readonly Projection[], readOnly?: boolean): Promise<EventLog>
}

/** Runs a test on a new log of each backend, and removes the log. */
export async function onEachBackend(run: (backend: Backend) => Promise<void>): Promise<void> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-ledger-'))
  const file = path.join(directory, 'log.sqlite')
  const opened: EventLog[] = []
  const backendOf = (name: string, adapter: EventLogAdapter, storage: EventLogOptions['storage']): Backend => {
    const openLog: Backend['openLog'] = async (projections, readOnly = false) => {
      const log = await adapter.openEventLog({ storage, tables: projections.map(rowTableOf), readOnly })
      opened.push(log)
      return log
    }
    return {
      name,
      file: adapter === sqlite ? file : null,
      openLog,
      open: async (projections = BUILT_IN_PROJECTIONS) => openProgram(await openLog(projections), projections),
    }
  }
  try {
    await run(backendOf('memory', memory, { name: directory }))
    await run(backendOf('sqlite', sqlite, { path: file }))
  } finally {
    for (const log of opened) await log.close()
    forgetSharedLog(directory)
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

async function openProgram(log: EventLog, projections: readonly Projection[]): Promise<Program> {
  const clock = { nowMs: () => START_MS, utcOffsetMin: () => 0 }
  const head = await log.openProfile(PROFILE, { dayStartsAtHour: 4 })
  const behind = projections.filter((projection) => !head.projections.includes(projectionId(projection)))
  const own = { log, profile: PROFILE, projections, clock }
  const current = behind.length === 0 ? head : (await rebuild(own, { projections: behind })).head
  const appender = new Appender({ ...own, head: current })
  const read: Program['read'] = (ask) => log.read(PROFILE, ask)
  return {
    log,
    append: (events) => appender.append(events),
    rebuild: async (other = {}) => (await rebuild(own, other)).report,
    verify: () => verify(own),
    read,
    rows: async (name) => {
      const found = await read((snapshot) => snapshot.rows({ projection: `${name}@1` }))
      return Object.fromEntries(found.map(({ key, measures }) => [key.join(' '), named(measures)]))
    },
    everything: () =>
      read(async (snapshot) => {
        const rows: Record<string, unknown> = {}
        for (const projection of projections) {
          rows[projection.name] = await snapshot.rows({ projection: projectionId(projection) })
        }
        const streams = await snapshot.streams({})
        return { ledger: await snapshot.ledger({}), videos: await snapshot.videos({}), rows, streams }
      }),
  }
}

function named(measures: readonly number[]): SparseMeasures {
  return Object.fromEntries(
    MEASURE_NAMES.flatMap((name, index) => (measures[index] === 0 ? [] : [[name, measures[index]]])),
  )
}
