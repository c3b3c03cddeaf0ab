// Logs for the tests of replication, each an engine of its own, and what two logs that hold the same must agree on.

import { rowTableOf } from '../../src/engine/built-in-projections.js'
import { createLogEngine } from '../../src/engine/engine.js'
import { exportPages } from '../../src/engine/read-events.js'
import type { NewEvent } from '../../src/events/types.js'
import type { EventLog } from '../../src/ports/event-log.js'
import type { LogEngine } from '../../src/ports/log-engine.js'
import { lineOf } from '../../src/replicate/ndjson.js'
import { recordsOf } from '../../src/replicate/records.js'
import { type Backend, withFreshLog } from '../support/backends.js'
import { BUILT_IN_PROJECTIONS } from '../support/built-in-projections.js'
import { event, line, started } from '../support/engine-logs.js'

export const DAY_MS = 86_400_000
export const NOW_MS = Date.UTC(2026, 2, 2, 12)

export interface OpenLog {
  readonly engine: LogEngine
  readonly log: EventLog
}

/** An empty log on each backend, for as long as `work` takes. */
export async function withLogs(
  backends: readonly Backend[],
  work: (logs: readonly OpenLog[]) => Promise<void>,
): Promise<void> {
  const opened: OpenLog[] = []
  async function next(): Promise<void> {
    const backend = backends[opened.length]
    if (backend === undefined) return work(opened)
    await withFreshLog(backend, async ({ storage }) => {
      const tables = BUILT_IN_PROJECTIONS.map(rowTableOf)
      const log = await (await backend.adapter()).openEventLog({ storage, tables, readOnly: false })
      opened.push({ log, engine: await engineOn(log) })
      try {
        await next()
      } finally {
        await log.close()
      }
    })
  }
  await next()
}

export function engineOn(log: EventLog, nowMs = NOW_MS): Promise<LogEngine> {
  return createLogEngine({
    log,
    profile: 'default',
    settings: { dayStartsAtHour: 4 },
    projections: BUILT_IN_PROJECTIONS,
    clock: { nowMs: () => nowMs, utcOffsetMin: () => 0 },
  })
}

/** A session of `lines` lines and as many heartbeats, ended; its versions are consecutive. */
export function session(streamId: string, videoKey: string, atMs: number, lines: number): readonly NewEvent[] {
  const events: NewEvent[] = [started(streamId, 1, videoKey, 'ja', atMs)]
  for (let index = 0; index < lines; index++) {
    const at = atMs + index * 60_000
    events.push(line(streamId, events.length + 1, at))
    const measures = { watchedMs: 15_000, activeMs: 14_000 }
    events.push(event(streamId, events.length + 1, { type: 'telemetry.sampled', atMs: at + 1_000, measures }))
  }
  const payload = { reason: 'finished' }
  events.push(event(streamId, events.length + 1, { type: 'session.ended', atMs: atMs + lines * 60_000, payload }))
  return events
}

export async function exported(engine: LogEngine): Promise<readonly string[]> {
  const lines: string[] = []
  const source = { ...engine, exportPages: () => exportPages(engine.exportPage) }
  for await (const record of recordsOf(source)) lines.push(lineOf(record))
  return lines
}

/** Rows of every read model, and digests of all streams: equal where two logs counted the same. */
export async function counted(engine: LogEngine): Promise<unknown> {
  return { rows: await rowsOf(engine), digests: await digestsOf(engine) }
}

/** Rows of every read model, and videos. */
export async function rowsOf(engine: LogEngine): Promise<unknown> {
  const rows: unknown[] = []
  for (const { name } of BUILT_IN_PROJECTIONS) {
    rows.push((await engine.analyze('rows', { projection: `${name}@1`, limit: 10_000 })).rows)
  }
  return [rows, (await engine.analyze('videos', { limit: 500 })).videos]
}

/** Of each stream that counts for something, a line. */
export async function digestsOf(
  engine: LogEngine,
  without: ReadonlySet<string> = new Set(),
): Promise<readonly string[]> {
  const { streams } = await engine.listStreams({ after: 0, limit: 10_000 })
  return streams
    .filter(({ streamId, coverage }) => coverage !== '' && !without.has(streamId))
    .map(({ streamId, coverage, countedChecksum, ledgerChecksum }) =>
      [streamId, coverage, countedChecksum, ledgerChecksum].join(' '),
    )
    .sort()
}
