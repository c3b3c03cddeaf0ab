// `immersion track`: follows a player and records. `track mpv` attaches to a running mpv by its socket, waits for one, or
// starts one. `track feed` records the lines that a text hooker, or a player's text page, sends over a WebSocket.
// track-run.ts has what both share.

import { setTimeout as delay } from 'node:timers/promises'
import { Option } from 'commander'
import { ImmersionError } from '../events/errors.js'
import { followFeed } from '../players/feed/feed.js'
import { ignoreRule, withoutUser } from '../players/location.js'
import { DEFAULT_MPV_SOCKET, followMpv } from '../players/mpv/mpv.js'
import { startMpv } from '../players/mpv/start-mpv.js'
import type { Context, ContextCommand } from './context.js'
import { type Tracking, trackingLanguage, trackUntilStopped } from './track-run.js'

/** Within this time the last messages of an mpv that has ended are read. */
const LAST_WORDS_MS = 1_000
/** The address at which the usual text hookers listen. */
const DEFAULT_FEED_URL = 'ws://localhost:6677'

export function addTrackCommands(program: ContextCommand): void {
  const track = program.command('track').description('follow a player and record until Ctrl-C')
  track
    .command('mpv')
    .description('record what mpv plays; attach to it, wait for it, or start it')
    .argument('[mpv-options...]', 'options for mpv, after `--`; only with --start')
    .option('--socket <path>', `the socket that mpv opens by input-ipc-server (default: ${DEFAULT_MPV_SOCKET})`)
    .option('--start <file...>', 'start mpv with these files or URLs, and stop when it ends')
    .option('--lang <language>', 'language of subtitles that do not name their own')
    .addOption(
      new Option('--ignore <pattern>', 'do not record paths or URLs that contain this; * and ? allowed, repeatable')
        .argParser((value, before: readonly string[]) => [...before, value])
        .default([], 'none'),
    )
    .addHelpText(
      'after',
      `
To record every mpv, add this line to mpv.conf and keep \`immersion track mpv\` running:
  input-ipc-server=${DEFAULT_MPV_SOCKET}`,
    )
    .run(runMpv)
  track
    .command('feed')
    .description('record the lines of a text feed (a text hooker, or the text page of a player)')
    .option(
      '--url <url>',
      `WebSocket that sends plain text, or JSON with a text or sentence (default: ${DEFAULT_FEED_URL})`,
    )
    .option('--title <title>', 'title of the text (default: the address)')
    .option('--lang <language>', 'language of the text (default: by the script of the first line)')
    .run(runFeed)
}

interface MpvOptions {
  readonly socket?: string
  readonly start?: readonly string[]
  readonly lang?: string
  readonly ignore: readonly string[]
}

async function runMpv(context: Context, options: MpvOptions, args: readonly string[]): Promise<void> {
  const settings = context.file.track ?? {}
  const language = trackingLanguage(options.lang ?? settings.language)
  const isIgnored = ignoreRule([...(settings.ignore ?? []), ...options.ignore])
  const { start: files, socket } = options
  if (files !== undefined) {
    return trackUntilStopped(context, (tracking) =>
      startAndFollow({ files, args, socketPath: socket }, { ...tracking, language, isIgnored }),
    )
  }
  if (args.length > 0) {
    throw new ImmersionError('INVALID_ARGUMENT', `options for mpv (${args.join(' ')}) need --start`, {
      hint: 'Write: immersion track mpv --start FILE -- --fullscreen',
    })
  }
  const socketPath = socket ?? settings.socket ?? DEFAULT_MPV_SOCKET
  await trackUntilStopped(context, async (tracking) => {
    tracking.onNote(`Waiting for mpv with --input-ipc-server=${socketPath}. Ctrl-C stops.`)
    await followMpv({ ...tracking, language, isIgnored, socketPath })
  })
}

async function startAndFollow(
  started: Parameters<typeof startMpv>[0],
  following: Tracking & Pick<Parameters<typeof followMpv>[0], 'language' | 'isIgnored'>,
): Promise<void> {
  const mpv = startMpv(started)
  const ended = new AbortController()
  // An mpv that ends closes its socket, which ends followMpv. The signal is for an mpv that never opened its socket.
  const exited = mpv.exited.finally(() => setTimeout(() => ended.abort(), LAST_WORDS_MS).unref())
  exited.catch(() => {}) // The last line awaits the failure.
  try {
    const signal = AbortSignal.any([following.signal, ended.signal])
    await followMpv({ ...following, signal, socketPath: mpv.socketPath, reconnect: false })
    // An mpv that ended by itself reports how, so its exit is awaited before it is made to end.
    const lastWords = delay(LAST_WORDS_MS, undefined, { signal: following.signal })
    await Promise.race([exited, lastWords]).catch(() => {})
  } finally {
    await mpv.end()
  }
  await exited
}

async function runFeed(
  context: Context,
  { url: urlOfCall, title, lang }: { readonly url?: string; readonly title?: string; readonly lang?: string },
): Promise<void> {
  const { feedUrl, language: configured } = context.file.track ?? {}
  const url = checkedUrl(urlOfCall ?? feedUrl ?? DEFAULT_FEED_URL)
  const language = trackingLanguage(lang ?? configured)
  await trackUntilStopped(context, async (tracking) => {
    tracking.onNote(`Listening for text at ${withoutUser(url)}. Ctrl-C stops.`)
    await followFeed({ ...tracking, url, language, title })
  })
}

function checkedUrl(text: string): string {
  if (URL.canParse(text) && /^wss?:$/.test(new URL(text).protocol) && new URL(text).hash === '') return text
  throw new ImmersionError('INVALID_ARGUMENT', `the feed ${withoutUser(text)} is not a WebSocket address`, {
    hint: 'Write an address as ws://localhost:6677 or wss://host/path.',
  })
}
