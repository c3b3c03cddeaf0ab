// The configuration file of the program: JSON in the user's config folder. It may be absent. Its shape is checked here; the
// settings of the store are checked again by the store.

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { z } from 'zod'
import { ImmersionError } from '../events/errors.js'

const text = z.string().min(1)
const schema = z.strictObject({
  /** A path, or a URL that storageFromUrl reads. */
  db: text.optional(),
  /** Path of the local file that records first and forwards to the server of `db`, and to no other. */
  spool: text.optional(),
  profile: text.optional(),
  /** IANA time zone. */
  tz: text.optional(),
  track: z
    .strictObject({
      /** Language of subtitles that do not name their own, BCP 47. */
      language: z.string().min(2).optional(),
      /** Files and titles not to record: patterns with `*` and `?`. */
      ignore: z.array(text).optional(),
      /** Parameters of addresses that are not recorded, beside the usual ones: patterns with `*` and `?`. */
      volatile: z.array(text).optional(),
      /** mpv's socket. */
      socket: text.optional(),
      /** Address of a text feed. */
      feedUrl: text.optional(),
    })
    .optional(),
  /** Any setting of openImmersionTrackingStore. */
  store: z.record(z.string(), z.unknown()).optional(),
})

export type ConfigFile = z.infer<typeof schema>

export function configFilePath(): string {
  return join(configFolder(), 'immersion-log', 'config.json')
}

export function readConfigFile(path: string): ConfigFile {
  if (!existsSync(path)) return {}
  return checkedConfig(parsed(path), path)
}

/** Replaces the file in one step, so that a crash leaves either the old file or the new one. */
export function writeConfigFile(path: string, config: ConfigFile): void {
  const checked = checkedConfig(config, path)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const fresh = `${path}.${process.pid}.new`
  writeFileSync(fresh, `${JSON.stringify(checked, null, 2)}\n`, { mode: 0o600 })
  renameSync(fresh, path)
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    // The parser's message quotes the file, which may hold a password. The place where it stopped is enough.
    const place = /at position \d+|line \d+ column \d+/.exec(String(error))?.[0]
    const message = `the configuration file ${path} is not JSON${place ? ` (${place})` : ''}`
    throw new ImmersionError('INVALID_CONFIG', message, {
      hint: 'Correct it, or move it away to use the defaults.',
      details: { path },
      cause: error instanceof SyntaxError ? undefined : error,
    })
  }
}

function checkedConfig(value: unknown, path: string): ConfigFile {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const key = issue?.path.join('.') ?? ''
  const message = `the configuration file ${path} is invalid at ${key === '' ? 'the top level' : key}: ${issue?.message}`
  throw new ImmersionError('INVALID_CONFIG', message, {
    hint: 'The keys are db, spool, profile, tz, track.language, track.ignore, track.volatile, track.socket, track.feedUrl and store.',
    details: { path, key },
  })
}

function configFolder(): string {
  const { XDG_CONFIG_HOME, APPDATA } = process.env
  const home = process.env.HOME || homedir()
  // The XDG specification says that a relative path must be ignored.
  if (XDG_CONFIG_HOME && isAbsolute(XDG_CONFIG_HOME)) return XDG_CONFIG_HOME
  if (process.platform === 'win32') return APPDATA || join(home, 'AppData', 'Roaming')
  return join(home, '.config')
}
