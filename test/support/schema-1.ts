// The frozen logs of schema 1 for tests: puts each database of test/fixtures/schema-1 in place, opens it with the current
// code under the fixture's clock, and compares what it answers with what the commit answered that wrote it. All names of
// the product's API that the fixtures depend on stand in this file.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { rowTableOf } from '../../src/engine/built-in-projections.js'
import { createLogEngine } from '../../src/engine/engine.js'
import { ImmersionError } from '../../src/events/errors.js'
import type { Analytics } from '../../src/ports/analytics-types.js'
import type { LogEngine } from '../../src/ports/log-engine.js'
import type { Settings } from '../../src/ports/profile-settings.js'
import type { LogRecord } from '../../src/ports/replica-types.js'
import { ExportSum } from '../../src/replicate/export-end.js'
import { EXPORT_FORMAT, lineOf, recordsOfLines } from '../../src/replicate/ndjson.js'
import { takeRecords } from '../../src/replicate/records.js'
import { withChecksum } from '../../src/replicate/summary-check.js'
import { linesByWeekday } from '../fixtures/lines-by-weekday.js'
import { type Backend, type FreshLog, MYSQL, POSTGRES, SQLITE, withFreshLog } from './backends.js'
import { BUILT_IN_PROJECTIONS } from './built-in-projections.js'
import { withServerConnection } from './server-connection.js'

export const SCHEMA_1_BACKENDS: readonly Backend[] = [SQLITE, POSTGRES, MYSQL]

/** One profile of the fixtures, with what commit 64b49f0 answered. */
export interface Schema1Log {
  readonly profile: string
  readonly clock: {
    readonly nowMs: number
    /** Minutes east of UTC, each from a moment on, ascending. */
    readonly offsets: readonly (readonly [fromMs: number, utcOffsetMin: number])[]
  }
  /** Its export in version 1 of the format. */
  readonly exportFile: string
  readonly analytics: readonly {
    readonly query: string
    readonly args: readonly unknown[]
    /** `{ refused: code }` where the query was refused. */
    readonly answer: unknown
  }[]
  readonly corrections: unknown
  readonly settings: Settings
  readonly events: readonly {
    readonly query: { readonly after: number; readonly limit: number }
    readonly answer: { readonly events: readonly { readonly position: number }[] }
  }[]
  readonly streams: {
    readonly streams: readonly { readonly streamId: string; readonly isCommand: boolean }[]
    readonly erased: readonly string[]
  }
  readonly verify: unknown
}

export interface Schema1Answers {
  /** Names of the profiles of the database. */
  readonly profiles: readonly string[]
  readonly logs: readonly Schema1Log[]
}

/** What the current code answers, and what the fixture says. */
export interface AnswerPair {
  readonly name: string
  readonly actual: unknown
  readonly expected: unknown
}

const FOLDER = new URL('../../../test/fixtures/schema-1/', import.meta.url)
/** More streams than the fixtures have. */
const STREAMS_LIMIT = 1_000

export function readSchema1Answers(): Schema1Answers {
  return JSON.parse(gunzipSync(bytesOf('answers.json.gz')).toString('utf8'))
}

/** Runs `work` with a private copy of the fixture, which is removed afterwards. */
export function withSchema1<T>(backend: Backend, work: (log: FreshLog) => Promise<T>): Promise<T> {
  return withFreshLog(backend, async (log) => {
    await putInPlace(backend, log)
    return work(log)
  })
}

async function putInPlace({ provider }: Backend, { storage }: FreshLog): Promise<void> {
  switch (provider) {
    case 'sqlite':
      return writeFileSync(String(storage.path), gunzipSync(bytesOf('log.sqlite.gz')), { mode: 0o600 })
    case 'postgres':
      return replay(provider, String(storage.url), [bytesOf('postgres.sql').toString('utf8')])
    case 'mysql':
      // The driver takes one statement at a time. No line within a statement ends with a semicolon.
      return replay(provider, String(storage.url), bytesOf('mysql.sql').toString('utf8').trim().split(/;$/m))
    case 'memory':
      throw new TypeError('a log in memory has no schema')
  }
}

function replay(kind: 'postgres' | 'mysql', url: string, statements: readonly string[]): Promise<void> {
  return withServerConnection(kind, url, async (query) => {
    for (const statement of statements) if (statement.trim() !== '') await query(statement)
  })
}

/** Opens the profile for writing, which migrates the log, under the clock of its answers. Closed afterwards. */
export async function withSchema1Engine<T>(
  backend: Backend,
  { storage }: FreshLog,
  { profile, clock: { nowMs, offsets } }: Pick<Schema1Log, 'profile' | 'clock'>,
  work: (engine: LogEngine) => Promise<T>,
): Promise<T> {
  const projections = [...BUILT_IN_PROJECTIONS, linesByWeekday]
  const tables = projections.map(rowTableOf)
  const log = await (await backend.adapter()).openEventLog({ storage, tables, readOnly: false })
  try {
    const utcOffsetMin = (epochMs: number) => offsets.findLast(([fromMs]) => fromMs <= epochMs)?.[1] ?? 0
    const clock = { nowMs: () => nowMs, utcOffsetMin }
    return await work(await createLogEngine({ log, profile, settings: { dayStartsAtHour: 4 }, projections, clock }))
  } finally {
    await log.close()
  }
}

/** Every answer of the fixture, given again. */
export async function allAnswers(engine: LogEngine, log: Schema1Log): Promise<readonly AnswerPair[]> {
  const pairs: AnswerPair[] = [...(await analyticsAnswers(engine, log))]
  for (const { query, answer } of log.events) {
    // A page now also says what is missing before it.
    const { gapBefore, ...page } = await engine.events(query)
    const first = answer.events[0]?.position ?? query.after + 1
    assert.equal(gapBefore, first === query.after + 1 ? null : { from: query.after + 1, through: first - 1 })
    pairs.push({ name: `events ${JSON.stringify(query)}`, actual: page, expected: answer })
  }
  const streams = await engine.listStreams({ after: 0, limit: STREAMS_LIMIT })
  return [
    ...pairs,
    { name: 'corrections', actual: await engine.listCorrections(), expected: renamed(log.corrections) },
    { name: 'settings', actual: await engine.settings(), expected: log.settings },
    { name: 'streams', actual: streams, expected: withKinds(log.streams) },
    { name: 'verify', actual: await engine.verify(), expected: log.verify },
  ]
}

/** Names that answers have now, by the name that they had in schema 1. */
const NEW_NAMES: Readonly<Record<string, string>> = { commands: 'corrections', commandId: 'correctionId' }

function renamed(answer: unknown): unknown {
  return JSON.parse(
    JSON.stringify(answer).replace(/"(commands|commandId)":/g, (_, name: string) => `"${NEW_NAMES[name]}":`),
  )
}

/** In schema 1 a listed stream said whether it is a correction. Now it says its kind, which an erased one has no more. */
function withKinds(answer: Schema1Log['streams']): unknown {
  const kindOf = (streamId: string, isCommand: boolean) =>
    isCommand ? 'correction' : answer.erased.includes(streamId) ? 'unknown' : 'session'
  const streams = answer.streams.map((stream) =>
    Object.fromEntries(
      Object.entries(stream).map(([name, value]) =>
        name === 'isCommand' ? ['kind', kindOf(stream.streamId, stream.isCommand)] : [name, value],
      ),
    ),
  )
  return { ...answer, streams }
}

export async function analyticsAnswers(engine: LogEngine, { analytics }: Schema1Log): Promise<readonly AnswerPair[]> {
  const pairs: AnswerPair[] = []
  for (const { query, args, answer } of analytics) {
    pairs.push({
      name: `${query} ${JSON.stringify(args)}`,
      actual: await analyticsAnswer(engine, query, args),
      expected: answer,
    })
  }
  return pairs
}

/** The fixture names the queries as Analytics does. */
async function analyticsAnswer(engine: LogEngine, query: string, args: readonly unknown[]): Promise<unknown> {
  try {
    return await engine.analyze(query as keyof Analytics, ...(args as []))
  } catch (error) {
    if (!(error instanceof ImmersionError)) throw error
    return { refused: error.code }
  }
}

/** Byte for byte, but for what a schema with one more measure adds; see `frozen`. */
export function assertSameAnswers(pairs: readonly AnswerPair[]): void {
  assert.ok(pairs.length > 0)
  for (const { name, actual, expected } of pairs) {
    const text = JSON.stringify(actual, frozen)
    // The objects first: their difference is easier to read.
    assert.equal(JSON.parse(text), expected, name)
    assert.is(text, JSON.stringify(expected), name)
  }
}

/** The same after writes that change no answer: only the revision may be another one. */
export function assertSameButRevision(pairs: readonly AnswerPair[]): void {
  assertSameAnswers(
    pairs.map(({ name, actual, expected }) => ({
      name,
      actual: withoutRevision(actual),
      expected: withoutRevision(expected),
    })),
  )
}

function withoutRevision(answer: unknown): unknown {
  const { asOfRevision: _, ...rest } = answer as { readonly asOfRevision?: number }
  return rest
}

/**
 * A replacer for JSON. It takes out the measure `idleMs`, which schema 2 adds, and asserts that it is 0, and that its
 * change from one span to the next, 0 divided by 0, is null. It writes bigints and maps as the fixture does.
 */
function frozen(key: string, value: unknown): unknown {
  if (key === 'idleMs') {
    assert.is(value, 0, 'idleMs of a log of schema 1')
    return undefined
  }
  if (key === 'change' && typeof value === 'object' && value !== null && 'idleMs' in value) {
    const { idleMs, ...rest } = value
    assert.is(idleMs, null, 'change of idleMs in a log of schema 1')
    return rest
  }
  if (typeof value === 'bigint') return { bigint: String(value) }
  if (value instanceof Map) return { map: [...value] }
  return value
}

/** Works the rows out again, and the ledger where all events are held. Names what differed: nothing, in a sound log. */
export async function differencesOfRebuild(engine: LogEngine, options: { readonly fromLog?: boolean }) {
  const { changed, videosCorrected, ledgersCorrected } = await engine.rebuild(options)
  const rows = Object.entries(changed).filter(([, { added, removed, corrected }]) => added + removed + corrected > 0)
  return { rows, videosCorrected, ledgersCorrected }
}

/** The lines of the export, which is of version 1 of the format, in the format of the current code. */
export async function rewrittenExport(log: Schema1Log): Promise<readonly string[]> {
  const lines: string[] = []
  const sum = new ExportSum()
  for await (const record of recordsOfExport(log)) {
    const rewritten = inCurrentFormat(record)
    sum.add(rewritten)
    lines.push(lineOf(rewritten))
  }
  return [...lines, lineOf({ kind: 'end', end: sum.end })]
}

function inCurrentFormat(record: LogRecord): LogRecord {
  if (record.kind === 'settings') return { ...record, format: EXPORT_FORMAT }
  return record.kind === 'summary' ? { ...record, summary: withChecksum(record.summary) } : record
}

/** Takes the export into a log, settings included. Answers what could not be told apart from what the log had counted. */
export async function importExport(engine: LogEngine, log: Schema1Log): Promise<readonly unknown[]> {
  const { settings, overlaps } = await takeRecords(recordsOfExport(log), engine)
  if (settings !== null) await engine.configure(settings)
  return overlaps
}

function recordsOfExport({ exportFile }: Schema1Log): AsyncGenerator<LogRecord> {
  return recordsOfLines(
    (async function* () {
      yield* bytesOf(exportFile).toString('utf8').split('\n')
    })(),
  )
}

function bytesOf(name: string): Buffer {
  return readFileSync(fileURLToPath(new URL(name, FOLDER)))
}
