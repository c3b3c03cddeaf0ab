// `immersion config …`: reads and changes settings. KEYS lists them. Most are kept in the configuration file. Those that
// change rows are kept in the profile: a new hour at which the day starts, or a wider window, computes the rows again.

import { BACKEND_DEFAULTS } from '../events/defaults.js'
import { ImmersionError } from '../events/errors.js'
import { withoutSecret } from '../events/secrets.js'
import { DAY_MS } from '../events/time-units.js'
import type { RetentionWindows, Settings, SettingsChange } from '../ports/profile-settings.js'
import type { ImmersionTrackingStore } from '../ports/store-types.js'
import { type ConfigFile, writeConfigFile } from './config-file.js'
import { addDefaultSubcommand, type Context, type ContextCommand, printFromStore, withStore } from './context.js'
import { printAnswer } from './output.js'

type Value = string | number | readonly string[] | null
type Key = ReturnType<typeof profileKey | typeof fileKey>

const KEYS: Readonly<Record<string, Key>> = {
  dayStartsAtHour: profileKey(
    'hour at which a new day starts, 0 to 12',
    ({ dayStartsAtHour }) => dayStartsAtHour,
    (dayStartsAtHour) => ({ dayStartsAtHour }),
  ),
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
  ignore: trackKey('ignore', 'files and titles not to record: patterns with * and ?, separated by commas', patterns),
  volatile: trackKey(
    'volatile',
    'parameters of addresses not to record, beside tokens: patterns as for ignore',
    patterns,
  ),
}

/** A key of the profile's settings. */
function profileKey(
  description: string,
  read: (settings: Settings) => number,
  change: (value: number) => SettingsChange,
) {
  return { kind: 'profile' as const, description, read, change }
}

function windowKey(description: string, name: keyof RetentionWindows, unit: number) {
  return profileKey(
    description,
    ({ retention }) => retention[name] / unit,
    (value) => ({ retention: { [name]: value * unit } }),
  )
}

/** A key of the configuration file. `change` gets undefined to remove the key. */
function fileKey(
  description: string,
  read: (file: ConfigFile) => Value | undefined,
  change: (file: ConfigFile, value: string | undefined) => ConfigFile,
) {
  return { kind: 'file' as const, description, read: (file: ConfigFile) => printable(read(file) ?? null), change }
}

function topKey(name: 'db' | 'spool' | 'profile' | 'tz', description: string) {
  return fileKey(
    description,
    (file) => file[name],
    (file, value) => ({ ...file, [name]: value }),
  )
}

function trackKey(
  name: keyof NonNullable<ConfigFile['track']>,
  description: string,
  parse: (text: string) => Value = (text) => text,
) {
  return fileKey(
    description,
    ({ track }) => track?.[name],
    (file, text) => ({ ...file, track: { ...file.track, [name]: text === undefined ? text : parse(text) } }),
  )
}

function patterns(text: string): readonly string[] {
  return text.split(',').map((one) => one.trim())
}

/** The addresses of databases and feeds may hold a password, which is kept in the file and never printed. */
function printable(value: Value): Value {
  return typeof value === 'string' ? withoutSecret(value) : value
}

export function addConfigCommand(program: ContextCommand): void {
  const config = program.command('config').description('show or change settings').addHelpText('after', keysHelp)
  addDefaultSubcommand(config, 'list').description('list every key and its value (the default)').run(list)
  const get = config.command('get <key>').description('print the value of a key')
  get.run(async (context, _options, name: string) => {
    const key = keyNamed(name)
    const settings = ({ maintenance }: ImmersionTrackingStore) => maintenance.settings()
    const value = key.kind === 'file' ? key.read(context.file) : key.read(await withStore(context, settings))
    printAnswer(context, value, () => [value === null ? '' : String(value)])
  })
  const set = config.command('set <key> <value>').description('set a key')
  set.run((context, _options, name: string, value: string) => write(context, name, value))
  const unset = config.command('unset <key>').description('return a key to its default')
  unset.run((context, _options, name: string) => write(context, name, undefined))
  const reset = config.command('reset').description('return damaged settings of the profile to their defaults')
  reset.run(repair)
  const path = config.command('path').description('print the path of the configuration file')
  path.run((context) => printAnswer(context, { path: context.configPath }, (answer) => [answer.path]))
}

function keysHelp(): string {
  const width = Math.max(...Object.keys(KEYS).map((name) => name.length))
  const lines = Object.entries(KEYS).map(([name, { description }]) => `  ${name.padEnd(width)}  ${description}`)
  return `\nKeys:\n${lines.join('\n')}`
}

function list(context: Context): Promise<void> {
  const readAll = async ({ maintenance }: ImmersionTrackingStore): Promise<Readonly<Record<string, Value>>> => {
    const settings = await maintenance.settings()
    const read = (key: Key) => (key.kind === 'profile' ? key.read(settings) : key.read(context.file))
    return Object.fromEntries(Object.entries(KEYS).map(([name, key]) => [name, read(key)]))
  }
  return printFromStore(context, readAll, (values) =>
    Object.entries(values).map(([name, value]) => `${name} = ${value ?? '(not set)'}`),
  )
}

/** Without a value, the key returns to its default. */
async function write(context: Context, name: string, value: string | undefined): Promise<void> {
  const key = keyNamed(name)
  if (key.kind === 'file') {
    writeConfigFile(context.configPath, key.change(context.file, value))
    const shown = value === undefined ? null : printable(value)
    printAnswer(context, { key: name, value: shown }, () => [
      shown === null ? `${name} is not set any more.` : `${name} = ${shown}`,
    ])
    return
  }
  await withStore(context, async ({ maintenance }) => {
    const report = await maintenance.configure(
      key.change(value === undefined ? key.read(BACKEND_DEFAULTS) : numberOf(name, value)),
    )
    const now = key.read(await maintenance.settings())
    printAnswer(context, report, () => [
      `${name} = ${now}`,
      `The read models were computed again, at revision ${report.asOfRevision}.`,
    ])
  })
}

/** Settings that can be read stay. */
function repair(context: Context): Promise<void> {
  return withStore(context, async ({ maintenance }) => {
    const { damaged = [], ...settings } = await maintenance.settings()
    if (damaged.length > 0) await maintenance.configure(settings)
    printAnswer(context, { repaired: damaged }, () =>
      damaged.length === 0 ? ['No setting is damaged.'] : damaged.map((what) => `Repaired: ${what}.`),
    )
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

function keyNamed(name: string): Key {
  const key = Object.hasOwn(KEYS, name) ? KEYS[name] : undefined
  if (key !== undefined) return key
  throw new ImmersionError('INVALID_ARGUMENT', `there is no setting ${JSON.stringify(name)}`, {
    hint: `The settings are ${Object.keys(KEYS).join(', ')}.`,
    details: { key: name },
  })
}
