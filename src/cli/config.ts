// `immersion config …`: reads and changes settings. KEYS lists them. Most are kept in the configuration file. Those that
// change rows are kept in the profile: a new hour at which the day starts, or a wider window, computes the rows again.

import type { Command } from 'commander'
import { BACKEND_DEFAULTS } from '../events/defaults.js'
import { ImmersionError } from '../events/errors.js'
import { withoutSecret } from '../events/secrets.js'
import { DAY_MS } from '../events/time-units.js'
import type { RetentionWindows, Settings, SettingsChange } from '../ports/profile-settings.js'
import type { ImmersionTrackingStore } from '../ports/store-types.js'
import { type ConfigFile, writeConfigFile } from './config-file.js'
import { addDefaultSubcommand, type Context, contextOf, printFromStore, withStore } from './context.js'
import { printAnswer } from './output.js'

type Value = string | number | readonly string[] | null

/** A key of the profile's settings. */
interface ProfileKey {
  readonly kind: 'profile'
  readonly description: string
  read(settings: Settings): number
  change(value: number): SettingsChange
}

/** A key of the configuration file. */
interface FileKey {
  readonly kind: 'file'
  readonly description: string
  read(file: ConfigFile): Value
  /** null removes the key. */
  write(file: ConfigFile, value: string | null): ConfigFile
}

const KEYS: Readonly<Record<string, ProfileKey | FileKey>> = {
  dayStartsAtHour: {
    kind: 'profile',
    description: 'hour at which a new day starts, 0 to 12',
    read: ({ dayStartsAtHour }) => dayStartsAtHour,
    change: (value) => ({ dayStartsAtHour: value }),
  },
  detailDays: windowKey('days to keep lines, lookups and other detail; 0 keeps them', 'detailMs', DAY_MS),
  telemetryDays: windowKey('days to keep heartbeats; 0 keeps them', 'telemetryMs', DAY_MS),
  dailyDays: windowKey('days to keep rows of videos by day; 0 keeps them', 'dailyDays', 1),
  monthlyMonths: windowKey('months to keep rows of videos by month; 0 keeps them', 'monthlyMonths', 1),
  db: topKey('db', 'where the log is: a path, or the URL of a server'),
  spool: topKey('spool', 'local file that records first and forwards to the server of db'),
  profile: topKey('profile', 'name of the profile'),
  tz: topKey('tz', 'IANA time zone'),
  language: trackKey('language', 'language of subtitles that do not name their own'),
  socket: trackKey('socket', "mpv's socket"),
  feedUrl: trackKey('feedUrl', 'address of a text feed'),
  ignore: trackKey('ignore', 'files and titles not to record: patterns with * and ?, separated by commas', (value) =>
    value.split(',').map((one) => one.trim()),
  ),
}

function windowKey(description: string, name: keyof RetentionWindows, unit: number): ProfileKey {
  return {
    kind: 'profile',
    description,
    read: ({ retention }) => retention[name] / unit,
    change: (value) => ({ retention: { [name]: value * unit } }),
  }
}

function topKey(name: 'db' | 'spool' | 'profile' | 'tz', description: string): FileKey {
  return {
    kind: 'file',
    description,
    read: (file) => file[name] ?? null,
    write: (file, value) => ({ ...file, [name]: value ?? undefined }),
  }
}

function trackKey(
  name: keyof NonNullable<ConfigFile['track']>,
  description: string,
  read: (text: string) => Value = (text) => text,
): FileKey {
  return {
    kind: 'file',
    description,
    read: (file) => file.track?.[name] ?? null,
    write: (file, value) => ({ ...file, track: { ...file.track, [name]: value === null ? undefined : read(value) } }),
  }
}

export function addConfigCommand(program: Command): void {
  const config = program.command('config').description('show or change settings').addHelpText('after', keysHelp)

  const list = addDefaultSubcommand(config, 'list').description('list every key and its value (the default)')
  list.action(() =>
    printFromStore(list, readAll, (values) =>
      Object.entries(values).map(([name, value]) => `${name} = ${value ?? '(not set)'}`),
    ),
  )
  const get = config.command('get <key>').description('print the value of a key')
  get.action(async (name: string) => {
    const context = contextOf(get)
    const value = await readOne(context, keyNamed(name))
    printAnswer(context, value, () => [value === null ? '' : String(value)])
  })
  const set = config.command('set <key> <value>').description('set a key')
  set.action((name: string, value: string) => write(contextOf(set), name, value))
  const unset = config.command('unset <key>').description('return a key to its default')
  unset.action((name: string) => write(contextOf(unset), name, null))
  const path = config.command('path').description('print the path of the configuration file')
  path.action(() => {
    const context = contextOf(path)
    printAnswer(context, { path: context.configPath }, (answer) => [answer.path])
  })
}

function keysHelp(): string {
  const width = Math.max(...Object.keys(KEYS).map((name) => name.length))
  const lines = Object.entries(KEYS).map(([name, { description }]) => `  ${name.padEnd(width)}  ${description}`)
  return `\nKeys:\n${lines.join('\n')}`
}

async function readAll(
  { maintenance }: ImmersionTrackingStore,
  { file }: Context,
): Promise<Readonly<Record<string, Value>>> {
  const settings = await maintenance.settings()
  const shownValue = (key: ProfileKey | FileKey) =>
    key.kind === 'profile' ? key.read(settings) : printable(key.read(file))
  return Object.fromEntries(Object.entries(KEYS).map(([name, key]) => [name, shownValue(key)]))
}

async function readOne(context: Context, key: ProfileKey | FileKey): Promise<Value> {
  if (key.kind === 'file') return printable(key.read(context.file))
  return key.read(await withStore(context, ({ maintenance }) => maintenance.settings()))
}

/** The addresses of databases and feeds may hold a password, which is kept in the file and never printed. */
function printable<Shown extends Value>(value: Shown): Shown | string {
  return typeof value === 'string' ? withoutSecret(value) : value
}

async function write(context: Context, name: string, value: string | null): Promise<void> {
  const key = keyNamed(name)
  if (key.kind === 'profile') return writeToProfile(context, name, key, value)
  writeConfigFile(context.configPath, key.write(context.file, value))
  const shown = value === null ? null : printable(value)
  printAnswer(context, { key: name, value: shown }, () => [
    shown === null ? `${name} is not set any more.` : `${name} = ${shown}`,
  ])
}

async function writeToProfile(context: Context, name: string, key: ProfileKey, value: string | null): Promise<void> {
  await withStore(context, async ({ maintenance }) => {
    const change = key.change(value === null ? key.read(BACKEND_DEFAULTS) : numberOf(name, value))
    const report = await maintenance.configure(change)
    const now = key.read(await maintenance.settings())
    printAnswer(context, report, () => [
      `${name} = ${now}`,
      `The read models were computed again, at revision ${report.asOfRevision}.`,
    ])
  })
}

/** Number('') is 0, which would keep everything forever, so a text without digits is refused. */
function numberOf(name: string, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isNaN(value)) return value
  throw new ImmersionError('INVALID_ARGUMENT', `${name} is ${JSON.stringify(text)}, which is not a number`, {
    hint: 'Write a whole number.',
    details: { key: name, value: text },
  })
}

function keyNamed(name: string): ProfileKey | FileKey {
  const key = Object.hasOwn(KEYS, name) ? KEYS[name] : undefined
  if (key !== undefined) return key
  throw new ImmersionError('INVALID_ARGUMENT', `there is no setting ${JSON.stringify(name)}`, {
    hint: `The settings are ${Object.keys(KEYS).join(', ')}.`,
    details: { key: name },
  })
}
