// `immersion config …`: what is set, and setting it. Most keys live in the configuration file; those that change rows live
// in the profile: setting when a day starts, or a wider window, works the rows out again.

import type { Command } from 'commander'
import { BACKEND_DEFAULTS } from '../events/defaults.js'
import { ImmersionError } from '../events/errors.js'
import { withoutSecret } from '../events/secrets.js'
import { DAY_MS } from '../events/time-units.js'
import type { Settings, SettingsChange } from '../ports/store-types.js'
import { type ConfigFile, writeConfigFile } from './config-file.js'
import { type Context, contextOf, withStore } from './context.js'
import { printAnswer } from './output.js'

type Value = string | number | readonly string[] | null

interface Key {
  readonly describe: string
  read(file: ConfigFile): Value
  /** null takes the key out. */
  write(file: ConfigFile, value: string | null): ConfigFile
}

const FILE_KEYS: Readonly<Record<string, Key>> = {
  db: topKey('db', 'where the log is'),
  spool: topKey('spool', 'before a server: a local file that takes what is tracked first'),
  profile: topKey('profile', 'whose log'),
  tz: topKey('tz', 'IANA time zone'),
  language: trackKey('language', 'language of subtitles that do not say their own'),
  socket: trackKey('socket', "mpv's socket"),
  feedUrl: trackKey('feedUrl', 'address of a text feed'),
  ignore: {
    describe: 'what is not recorded: patterns with * and ?, separated by commas',
    read: (file) => file.track?.ignore ?? null,
    write: (file, value) => ({
      ...file,
      track: { ...file.track, ignore: value === null ? undefined : value.split(',').map((one) => one.trim()) },
    }),
  },
}

interface ProfileKey {
  read(settings: Settings): number
  /** What is asked of the profile; null: its default. */
  change(value: number | null): SettingsChange
}

const DEFAULTS = BACKEND_DEFAULTS.retention

/** Windows in days or months; 0 keeps for ever. */
const PROFILE_KEYS: Readonly<Record<string, ProfileKey>> = {
  dayStartsAtHour: {
    read: ({ dayStartsAtHour }) => dayStartsAtHour,
    change: (value) => ({ dayStartsAtHour: value ?? BACKEND_DEFAULTS.dayStartsAtHour }),
  },
  detailDays: {
    read: ({ retention }) => retention.detailMs / DAY_MS,
    change: (value) => ({ retention: { detailMs: value === null ? DEFAULTS.detailMs : value * DAY_MS } }),
  },
  telemetryDays: {
    read: ({ retention }) => retention.telemetryMs / DAY_MS,
    change: (value) => ({ retention: { telemetryMs: value === null ? DEFAULTS.telemetryMs : value * DAY_MS } }),
  },
  dailyDays: {
    read: ({ retention }) => retention.dailyDays,
    change: (value) => ({ retention: { dailyDays: value ?? DEFAULTS.dailyDays } }),
  },
  monthlyMonths: {
    read: ({ retention }) => retention.monthlyMonths,
    change: (value) => ({ retention: { monthlyMonths: value ?? DEFAULTS.monthlyMonths } }),
  },
}

export function addConfigCommand(program: Command): void {
  const config = program.command('config').description('what is set')

  const list = config.command('list', { isDefault: true }).description('every key and its value')
  list.action(async () => {
    const context = contextOf(list)
    const settings = await withStore(context, (store) => store.maintenance.settings())
    const values: Record<string, Value> = {}
    for (const [name, key] of Object.entries(PROFILE_KEYS)) values[name] = key.read(settings)
    for (const [name, key] of Object.entries(FILE_KEYS)) values[name] = printable(key.read(context.file))
    printAnswer(context, values, () =>
      Object.entries(values).map(([name, value]) => `${name} = ${value ?? '(not set)'}`),
    )
  })

  const get = config.command('get <key>').description('one value')
  get.action(async (name: string) => {
    const context = contextOf(get)
    const value = await read(context, name)
    printAnswer(context, value, () => [value === null ? '' : String(value)])
  })

  const set = config.command('set <key> <value>').description('set a value')
  set.action((name: string, value: string) => write(contextOf(set), name, value))
  const unset = config.command('unset <key>').description('back to the default')
  unset.action((name: string) => write(contextOf(unset), name, null))

  const path = config.command('path').description('where the configuration file is')
  path.action(() => {
    const context = contextOf(path)
    printAnswer(context, { path: context.configPath }, (answer) => [answer.path])
  })
}

async function read(context: Context, name: string): Promise<Value> {
  const ofProfile = PROFILE_KEYS[name]
  if (ofProfile !== undefined) return ofProfile.read(await withStore(context, (store) => store.maintenance.settings()))
  return printable(fileKey(name).read(context.file))
}

/** The addresses of databases and feeds may hold a password, which is kept in the file and printed nowhere. */
function printable<Shown extends Value>(value: Shown): Shown | string {
  return typeof value === 'string' ? withoutSecret(value) : value
}

async function write(context: Context, name: string, value: string | null): Promise<void> {
  const ofProfile = PROFILE_KEYS[name]
  if (ofProfile === undefined) {
    writeConfigFile(context.configPath, fileKey(name).write(context.file, value))
    const shown = value === null ? null : printable(value)
    printAnswer(context, { key: name, value: shown }, () => [
      shown === null ? `${name} is not set any more` : `${name} = ${shown}`,
    ])
    return
  }
  await withStore(context, async (store) => {
    const report = await store.maintenance.configure(ofProfile.change(value === null ? null : Number(value)))
    const now = ofProfile.read(await store.maintenance.settings())
    printAnswer(context, report, () => [
      `${name} = ${now}; read models worked out again at revision ${report.asOfRevision}`,
    ])
  })
}

function fileKey(name: string): Key {
  const key = FILE_KEYS[name]
  if (key !== undefined) return key
  throw new ImmersionError('INVALID_ARGUMENT', `there is no setting ${JSON.stringify(name)}`, {
    hint: `There are ${[...Object.keys(PROFILE_KEYS), ...Object.keys(FILE_KEYS)].join(', ')}.`,
    details: { key: name },
  })
}

function topKey(name: 'db' | 'spool' | 'profile' | 'tz', describe: string): Key {
  return {
    describe,
    read: (file) => file[name] ?? null,
    write: (file, value) => ({ ...file, [name]: value ?? undefined }),
  }
}

function trackKey(name: 'language' | 'socket' | 'feedUrl', describe: string): Key {
  return {
    describe,
    read: (file) => file.track?.[name] ?? null,
    write: (file, value) => ({ ...file, track: { ...file.track, [name]: value ?? undefined } }),
  }
}
