// The configuration of a store: its shape, its defaults, and its check. An error names the key, the value and the allowed
// values. An unknown key is an error, because a misspelt one would silently do nothing.

import { z } from 'zod'
import { isProjection } from '../engine/built-in-projections.js'
import { zoneOffsetMin } from '../events/calendar.js'
import { type Clock, createSystemClock } from '../events/clock.js'
import { BACKEND_DEFAULTS, type OverflowPolicy, WINDOW_LIMITS } from '../events/defaults.js'
import { ImmersionError } from '../events/errors.js'
import { withoutUndefined } from '../events/plain-data.js'
import { DAY_MS } from '../events/time-units.js'
import { chosenWindows } from '../ledger/settings.js'
import type { EventLogAdapter } from '../ports/event-log.js'
import type { Projection } from '../ports/projection.js'
import { integer, isUrl, oneOf, parsed, strict, text } from './config-checks.js'
import { checkStorage } from './storage-config.js'

/** Which database, and how it is reached. Settings of one provider are refused for another. */
export interface StorageConfig {
  /**
   * `sqlite` (default), `postgres`, `mysql` (MariaDB too), `memory`, or the URL of a module that exports an `adapter`. With
   * `worker.inline` also an EventLogAdapter itself.
   */
  readonly provider?: string | URL | EventLogAdapter
  /** The provider and its place in one: sqlite:PATH, postgres://user@host/database, mysql://…, memory:NAME. */
  readonly url?: string | URL
  /** sqlite: the database file. Default: `immersion-log/immersion.sqlite` in the user's data folder. */
  readonly path?: string
  /** sqlite: path of the driver's native part, for programs that bundle. */
  readonly nativeBinding?: string
  /** sqlite: what happens when the file is removed while it is open: `wait` until it is back, or `create` a new one. Default: wait. */
  readonly whenRemoved?: 'wait' | 'create'
  /** memory: stores of this process that give the same name share one log. */
  readonly name?: string
  /** Servers: name, address, or Unix socket (postgres: its folder, mysql: its file). Default `localhost`. */
  readonly host?: string
  /** Servers: 1 to 65,535. Default 5432 (postgres) and 3306 (mysql). */
  readonly port?: number
  /** Servers: the user. Default: the name under which this process runs. */
  readonly user?: string
  /** Servers: the password. Default: the content of `passwordFile`, else the environment's IMMERSION_DB_PASSWORD. */
  readonly password?: string
  /** Servers: a file that holds the password and nothing else. */
  readonly passwordFile?: string
  /**
   * Servers: name of the database, which has to exist. sqlite, with `worker.inline`: an open `Database` of better-sqlite3, which
   * the store reads and writes through and never closes. It holds this log and nothing else. While a call of the store is
   * under way it may be within a transaction, so the host runs nothing on it then.
   */
  readonly database?: string | object
  /**
   * Servers, with `worker.inline`: an open `Pool` of pg, or an open pool of mysql2 (with `multipleStatements`), which the
   * store uses and never ends. Beside it only `schema`, `statementTimeoutMs` and `singleWriter` are allowed. Sessions of a mysql2 pool are
   * set to what the log needs and stay so.
   */
  readonly pool?: object
  /** postgres: the schema that holds the tables, made where it is missing. Default `public`. */
  readonly schema?: string
  /** Servers: connections of each of the store's two threads at most, 1 to 100. Default 4. */
  readonly poolSize?: number
  /** Servers: `verify` checks certificate and name, `require` only encrypts. Default: `off` for loopback addresses and Unix sockets, `verify` for all others. */
  readonly tls?: 'off' | 'require' | 'verify'
  /** Servers: PEM file of the authorities that are trusted instead of the system's. */
  readonly caFile?: string
  /** Servers: milliseconds that connecting may take, 100 to 600,000. Default 5,000. */
  readonly connectTimeoutMs?: number
  /** Servers: milliseconds that a statement may take, 100 to 86,400,000. Default 30,000. */
  readonly statementTimeoutMs?: number
  /** mysql: says that all writers of this database use one node of its Galera cluster; else a cluster is refused. Default false. */
  readonly singleWriter?: boolean
  /**
   * What happens when the database cannot be opened: `error` (default), or `retry`, which opens the store at once, keeps
   * tracked events within the queue's bounds, and connects when it can.
   */
  readonly fallback?: 'error' | 'retry'
  /**
   * Servers: path of a SQLite file that records tracked events first and forwards them, so that nothing is lost while the
   * server cannot be reached. The store opens whether the server is there or not. One file for one server database.
   * Default: none.
   */
  readonly spool?: string
  /** Settings of a program's own adapter, which checks them. */
  readonly [setting: string]: unknown
}

export interface StoreConfig {
  /** Which database. A text is a URL, or the path of a SQLite file. Default: a SQLite file in the user's data folder. */
  readonly storage?: StorageConfig | string
  /** The learner whose log this is: 1 to 100 characters. Default `default`. */
  readonly profile?: string
  /**
   * Settings of the profile when it is made: `dayStartsAtHour`, 0 to 12, default 4. An existing profile keeps its own, and
   * diagnostics warns where they differ.
   */
  readonly settings?: { readonly dayStartsAtHour?: number }
  /** IANA name of the learner's time zone. Default: the machine's. */
  readonly tz?: string
  /** How events are put into batches. */
  readonly batching?: {
    /** Events that make a batch, 1 to 1,000. Default 25. */
    readonly maxEvents?: number
    /** Milliseconds that the first event of a batch waits at most, 1 to 60,000. Default 500. */
    readonly flushIntervalMs?: number
    /** Events of a batch while a backlog is drained, 1 to 10,000. Default 1,000. */
    readonly backlogMaxEvents?: number
  }
  /** How many events may wait, and what happens to more. */
  readonly queue?: {
    /** Events that wait or are being written, together, 10 to 1,000,000. Facts have as many places again. Default 1,000. */
    readonly maxEvents?: number
    /** Which events are shed when the queue is full. Default `summarize`. */
    readonly overflowPolicy?: OverflowPolicy
  }
  /** Milliseconds without a sign of the learner after which no time counts, at least 1,000. Default 3,600,000. */
  readonly idleAfterMs?: number
  /**
   * `detailMs`, `telemetryMs`, `dailyDays` and `monthlyMonths` are the profile's windows when it is made, like `settings`; 0 keeps
   * forever. `runEveryMs` and `vacuumEveryMs` are how often this program runs retention and gives space back; 0: never.
   */
  readonly retention?: { readonly [Window in keyof typeof BACKEND_DEFAULTS.retention]?: number }
  /** URLs of modules that export projections. With `worker.inline` also projections themselves. */
  readonly projections?: readonly (string | URL | Projection)[]
  /** With `worker.inline`: the clock to record and to answer by. Parts that are left out are the machine's. Default: all. */
  readonly clock?: Pick<Clock, 'nowMs'> & Partial<Clock>
  /** Where the database runs. */
  readonly worker?: {
    /** Entry file of the worker's threads, for programs that bundle. */
    readonly path?: string
    /** True runs the database in the caller's own thread: for tests and commands that end soon. Default false. */
    readonly inline?: boolean
    /** A write that is not answered for this long means that the thread is stuck. Default 60 s. */
    readonly stuckAfterMs?: number
  }
}

const PROFILE_MAX_CHARS = 100
/** Ten years: longer than anyone waits. */
const WINDOW_MAX_MS = 3660 * DAY_MS

const projection = z.custom<string | URL | Projection>(
  (value) => value instanceof URL || (typeof value === 'string' && isUrl(value)) || isProjection(value),
  { error: 'the URL of a module, as file:///…, or a projection' },
)

const SCHEMA = strict({
  storage: z.unknown(),
  profile: z.custom<string>((value) => typeof value === 'string' && isProfileName(value), {
    error: `a name of 1 to ${PROFILE_MAX_CHARS} characters, none of them a control character`,
  }),
  settings: strict({ dayStartsAtHour: integer(0, 12) }),
  tz: z.custom<string>(isTimeZone, { error: 'an IANA name, as Asia/Tokyo or UTC' }),
  batching: strict({
    maxEvents: integer(1, 1000),
    flushIntervalMs: integer(1, 60_000),
    backlogMaxEvents: integer(1, 10_000),
  }),
  queue: strict({
    maxEvents: integer(10, 1_000_000),
    overflowPolicy: oneOf(['summarize', 'drop-oldest', 'drop-newest']),
  }),
  idleAfterMs: integer(1000, WINDOW_MAX_MS),
  retention: strict({
    detailMs: integer(0, WINDOW_LIMITS.detailMs),
    telemetryMs: integer(0, WINDOW_LIMITS.telemetryMs),
    dailyDays: integer(0, WINDOW_LIMITS.dailyDays),
    monthlyMonths: integer(0, WINDOW_LIMITS.monthlyMonths),
    runEveryMs: integer(0, WINDOW_MAX_MS),
    vacuumEveryMs: integer(0, WINDOW_MAX_MS),
  }),
  projections: z.array(projection, { error: 'a list of module URLs or projections' }),
  clock: z.custom<NonNullable<StoreConfig['clock']>>(isClock, { error: 'an object with the functions of a Clock' }),
  worker: strict({
    path: text('the path or URL of a file'),
    inline: z.boolean({ error: 'true or false' }),
    stuckAfterMs: integer(100, DAY_MS),
  }),
})

/** INVALID_CONFIG or UNKNOWN_PROVIDER for what is not allowed; else everything, filled in. */
export function checkConfig(config: unknown): CheckedConfig {
  try {
    return checked(config)
  } catch (cause) {
    if (cause instanceof ImmersionError) throw cause
    throw new ImmersionError('INVALID_CONFIG', 'The configuration cannot be read.', { cause })
  }
}

/** A configuration with everything filled in: an EngineSpec without a role, and more. It may hold a password: never print it. */
export type CheckedConfig = Readonly<ReturnType<typeof checked>>

function checked(config: unknown) {
  const given = parsed(SCHEMA, config, [])
  const { batching = {}, queue = {}, worker = {}, settings = {}, retention = {} } = given
  const { runEveryMs, vacuumEveryMs, ...asked } = retention
  const windows = withoutUndefined(asked)
  return {
    ...checkStorage(given.storage),
    profile: given.profile ?? 'default',
    settings: {
      dayStartsAtHour: settings.dayStartsAtHour ?? BACKEND_DEFAULTS.dayStartsAtHour,
      ...chosenWindows(windows),
    },
    settingsAsked: { ...withoutUndefined(settings), retention: windows },
    timeZone: given.tz,
    batchMaxEvents: batching.maxEvents ?? BACKEND_DEFAULTS.batchMaxEvents,
    flushIntervalMs: batching.flushIntervalMs ?? BACKEND_DEFAULTS.flushIntervalMs,
    backlogBatchMaxEvents: batching.backlogMaxEvents ?? BACKEND_DEFAULTS.backlogBatchMaxEvents,
    queueMaxEvents: queue.maxEvents ?? BACKEND_DEFAULTS.queueMaxEvents,
    overflowPolicy: queue.overflowPolicy ?? BACKEND_DEFAULTS.overflowPolicy,
    idleAfterMs: given.idleAfterMs ?? BACKEND_DEFAULTS.idleAfterMs,
    retainEveryMs: runEveryMs ?? BACKEND_DEFAULTS.retention.runEveryMs,
    vacuumEveryMs: vacuumEveryMs ?? BACKEND_DEFAULTS.retention.vacuumEveryMs,
    projections: (given.projections ?? []).map((one) => (isProjection(one) ? one : String(one))),
    clock: given.clock && completeClock(given.clock, given.tz),
    workerPath: worker.path,
    inline: worker.inline ?? false,
    stuckAfterMs: worker.stuckAfterMs,
  }
}

function isProfileName(value: string): boolean {
  return value.length > 0 && value.length <= PROFILE_MAX_CHARS && !/\p{C}/u.test(value)
}

const CLOCK_PARTS = ['nowMs', 'monotonicMs', 'utcOffsetMin', 'every'] as const satisfies readonly (keyof Clock)[]

function isClock(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const parts = CLOCK_PARTS.map((name): unknown => Reflect.get(value, name))
  return typeof parts[0] === 'function' && parts.every((part) => part === undefined || typeof part === 'function')
}

function completeClock(given: NonNullable<StoreConfig['clock']>, timeZone: string | undefined): Clock {
  const machine = createSystemClock(timeZone)
  return {
    nowMs: () => given.nowMs(),
    monotonicMs: () => (given.monotonicMs ?? machine.monotonicMs).call(given),
    utcOffsetMin: (epochMs) => (given.utcOffsetMin ?? machine.utcOffsetMin).call(given, epochMs),
    every: (intervalMs, callback) => (given.every ?? machine.every).call(given, intervalMs, callback),
  }
}

function isTimeZone(value: unknown): boolean {
  if (typeof value !== 'string') return false
  try {
    zoneOffsetMin(0, value)
    return true
  } catch {
    return false
  }
}
