// The configuration of a store: its shape, its defaults, and the check at the door. An error names the key, the value and
// what is allowed; an unknown key is an error, because a misspelt one would silently do nothing.

import { z } from 'zod'
import { zoneOffsetMin } from '../events/calendar.js'
import { ImmersionError } from '../events/errors.js'
import { BACKEND_DEFAULTS, type OverflowPolicy } from '../ports/defaults.js'
import type { ProfileSettings } from '../ports/event-log.js'
import { defaultSqlitePath, PLANNED_PROVIDERS, plannedProvider, withoutSecret } from './storage-location.js'

export { dataFolder, defaultSqlitePath, storageFromUrl } from './storage-location.js'

export interface StorageConfig {
  /** `sqlite` (default), `memory`, or the URL of a module that exports an `adapter`. */
  readonly provider?: string
  /** sqlite: the database file. Default: `immersion-log/immersion.sqlite` in the user's data folder. */
  readonly path?: string
  /** sqlite: path of the driver's native part, for programs that bundle. */
  readonly nativeBinding?: string
  /** memory: stores of this process that give the same name share one log. */
  readonly name?: string
  /** What happens when the database cannot be opened: `error` (default), or `memory`, where a warning says so. */
  readonly fallback?: 'error' | 'memory'
  /** Settings of a program's own adapter, which checks them. */
  readonly [setting: string]: unknown
}

export interface StoreConfig {
  readonly storage?: StorageConfig
  /** Whose log. Default `default`; at most 100 characters. */
  readonly profile?: string
  /** Of the profile, when it is made; a profile that exists keeps its own, and a warning says where they differ. */
  readonly settings?: { readonly dayStartsAtHour?: number }
  /** IANA name of the learner's time zone. Default: the machine's. */
  readonly tz?: string
  readonly batching?: {
    readonly maxEvents?: number
    readonly flushIntervalMs?: number
    readonly backlogMaxEvents?: number
  }
  readonly queue?: { readonly maxEvents?: number; readonly overflowPolicy?: OverflowPolicy }
  readonly idleAfterMs?: number
  /** 0 keeps for ever. */
  readonly retention?: { readonly [Window in keyof typeof BACKEND_DEFAULTS.retention]?: number }
  /** URLs of modules that export projections. */
  readonly projections?: readonly (string | URL)[]
  readonly worker?: {
    /** Entry file of the worker's threads, for programs that bundle. */
    readonly path?: string
    /** True runs the database in the caller's own thread: for tests and commands that end soon. Default false. */
    readonly inline?: boolean
    /** A write that is not answered for this long means that the thread is stuck. Default 60 s. */
    readonly stuckAfterMs?: number
  }
}

/** Everything filled in. */
export interface CheckedConfig {
  readonly provider: string
  readonly storage: Readonly<Record<string, unknown>>
  readonly fallback: 'error' | 'memory'
  readonly profile: string
  readonly settings: ProfileSettings
  /** Whether the settings were asked for, or are the defaults. */
  readonly settingsAsked: boolean
  readonly timeZone: string | undefined
  readonly batchMaxEvents: number
  readonly flushIntervalMs: number
  readonly backlogBatchMaxEvents: number
  readonly queueMaxEvents: number
  readonly overflowPolicy: OverflowPolicy
  readonly idleAfterMs: number
  readonly retention: { readonly [Window in keyof typeof BACKEND_DEFAULTS.retention]: number }
  readonly projections: readonly string[]
  readonly workerPath: string | undefined
  readonly inline: boolean
  readonly stuckAfterMs: number | undefined
}

const PROFILE_MAX_CHARS = 100
const DAY_MS = 86_400_000
/** Ten years: longer than anyone waits. */
const WINDOW_MAX_MS = 3660 * DAY_MS

/** The message of each issue is what is allowed there. */
const strict = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) => `${issue.code === 'unrecognized_keys' ? '' : 'an object with '}${Object.keys(shape).join(', ')}`,
  })
const integer = (from: number, through: number) =>
  z.custom<number>((value) => Number.isInteger(value) && Number(value) >= from && Number(value) <= through, {
    error: `an integer from ${from} to ${through}`,
  })
const text = (allowed: string) => z.string({ error: allowed }).min(1, { error: allowed })
const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, { error: values.map((value) => `'${value}'`).join(' or ') })
const moduleUrl = z.custom<string | URL>(
  (value) => value instanceof URL || (typeof value === 'string' && isUrl(value)),
  {
    error: 'the URL of a module, as file:///…',
  },
)

const STORAGE = {
  fallback: oneOf(['error', 'memory']).optional(),
  provider: z.string().optional(),
}
const SQLITE = strict({
  ...STORAGE,
  path: text('the path of a file').optional(),
  nativeBinding: text('the path of a file').optional(),
})
const MEMORY = strict({ ...STORAGE, name: text('a text').optional() })
const OTHER = z.looseObject(STORAGE)

const SCHEMA = strict({
  storage: z.looseObject({}, { error: 'an object with provider and its settings' }).optional(),
  profile: z
    .custom<string>((value) => typeof value === 'string' && isProfileName(value), {
      error: `a name of 1 to ${PROFILE_MAX_CHARS} characters, none of them a control character`,
    })
    .optional(),
  settings: strict({ dayStartsAtHour: integer(0, 12).optional() }).optional(),
  tz: z.custom<string>(isTimeZone, { error: 'an IANA name, as Asia/Tokyo or UTC' }).optional(),
  batching: strict({
    maxEvents: integer(1, 1000).optional(),
    flushIntervalMs: integer(1, 60_000).optional(),
    backlogMaxEvents: integer(1, 10_000).optional(),
  }).optional(),
  queue: strict({
    maxEvents: integer(10, 1_000_000).optional(),
    overflowPolicy: oneOf(['summarize', 'drop-oldest', 'drop-newest']).optional(),
  }).optional(),
  idleAfterMs: integer(1000, WINDOW_MAX_MS).optional(),
  retention: strict({
    detailMs: integer(0, Number.MAX_SAFE_INTEGER).optional(),
    telemetryMs: integer(0, Number.MAX_SAFE_INTEGER).optional(),
    dailyDays: integer(0, 100_000).optional(),
    monthlyMonths: integer(0, 10_000).optional(),
    runEveryMs: integer(0, WINDOW_MAX_MS).optional(),
    vacuumEveryMs: integer(0, WINDOW_MAX_MS).optional(),
  }).optional(),
  projections: z.array(moduleUrl, { error: 'a list of module URLs' }).optional(),
  worker: strict({
    path: text('the path or URL of a file').optional(),
    inline: z.boolean({ error: 'true or false' }).optional(),
    stuckAfterMs: integer(100, DAY_MS).optional(),
  }).optional(),
})

/** INVALID_CONFIG or UNKNOWN_PROVIDER for what is not allowed; else everything, filled in. */
export function checkConfig(config: unknown): CheckedConfig {
  const given = parsed(SCHEMA, config, [])
  const { batching = {}, queue = {}, worker = {}, settings = {} } = given
  return {
    ...checkStorage(given.storage ?? {}),
    profile: given.profile ?? 'default',
    settings: { dayStartsAtHour: settings.dayStartsAtHour ?? BACKEND_DEFAULTS.dayStartsAtHour },
    settingsAsked: settings.dayStartsAtHour !== undefined,
    timeZone: given.tz,
    batchMaxEvents: batching.maxEvents ?? BACKEND_DEFAULTS.batchMaxEvents,
    flushIntervalMs: batching.flushIntervalMs ?? BACKEND_DEFAULTS.flushIntervalMs,
    backlogBatchMaxEvents: batching.backlogMaxEvents ?? BACKEND_DEFAULTS.backlogBatchMaxEvents,
    queueMaxEvents: queue.maxEvents ?? BACKEND_DEFAULTS.queueMaxEvents,
    overflowPolicy: queue.overflowPolicy ?? BACKEND_DEFAULTS.overflowPolicy,
    idleAfterMs: given.idleAfterMs ?? BACKEND_DEFAULTS.idleAfterMs,
    retention: { ...BACKEND_DEFAULTS.retention, ...withoutUndefined(given.retention ?? {}) },
    projections: (given.projections ?? []).map(String),
    workerPath: worker.path,
    inline: worker.inline ?? false,
    stuckAfterMs: worker.stuckAfterMs,
  }
}

function checkStorage(storage: Readonly<Record<string, unknown>>) {
  const provider = storage.provider instanceof URL ? storage.provider.href : (storage.provider ?? 'sqlite')
  if (typeof provider === 'string' && PLANNED_PROVIDERS.has(provider)) throw plannedProvider(provider)
  const schema = provider === 'sqlite' ? SQLITE : provider === 'memory' ? MEMORY : OTHER
  if (typeof provider !== 'string' || (schema === OTHER && !isUrl(provider))) {
    throw new ImmersionError('UNKNOWN_PROVIDER', `storage.provider is ${shown('provider', provider)}.`, {
      hint: "Allowed is 'sqlite', 'memory', or the URL of a module that exports an adapter.",
      details: { key: 'storage.provider' },
    })
  }
  const { provider: _named, fallback = 'error', ...settings } = parsed(schema, { ...storage, provider }, ['storage'])
  const place = provider === 'sqlite' ? { path: defaultSqlitePath() } : {}
  return { provider, fallback, storage: { ...place, ...withoutUndefined(settings) } } as const
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown, at: readonly string[]): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw invalid(result.error.issues[0], value, at)
}

function invalid(issue: z.core.$ZodIssue | undefined, value: unknown, at: readonly string[]): ImmersionError {
  const path = issue?.path ?? []
  const allowed = issue?.message ?? ''
  const unknownKey = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const key = [...at, ...path, ...(unknownKey === undefined ? [] : [unknownKey])].map(String).join('.')
  const details = { key, allowed }
  if (unknownKey !== undefined) {
    return new ImmersionError('INVALID_CONFIG', `${key} is not a setting.`, { hint: `Allowed: ${allowed}.`, details })
  }
  const found = path.reduce<unknown>((part, name) => (part as Record<PropertyKey, unknown> | undefined)?.[name], value)
  const subject = key === '' ? 'The configuration' : key
  return new ImmersionError('INVALID_CONFIG', `${subject} is ${shown(key, found)}; allowed is ${allowed}.`, {
    hint: `Give ${allowed}.`,
    details: { ...details, value: shown(key, found) },
  })
}

const SECRET_KEY = /password|secret|token|url/i
const SHOWN_MAX_CHARS = 100

/** A value as it may be printed: short, and without secrets. */
function shown(key: string, value: unknown): string {
  if (typeof value === 'string' && !isUrl(value))
    return SECRET_KEY.test(key) ? 'a text' : JSON.stringify(value.slice(0, SHOWN_MAX_CHARS))
  if (typeof value === 'string') return JSON.stringify(withoutSecret(value))
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  return String(value)
}

function isUrl(value: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(value)
}

function isProfileName(value: string): boolean {
  return value.length > 0 && value.length <= PROFILE_MAX_CHARS && !/\p{C}/u.test(value)
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

function withoutUndefined<T extends object>(values: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  // The entries that are left are exactly those that have a value.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}
