// `immersion track mpv`: attaches to a running mpv by its socket, waits for one, or starts one. track-run.ts has the
// part that every player shares.

import { setTimeout as delay } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { ImmersionError } from '../events/errors.js'
import { ignoreRule } from '../players/location.js'
import { DEFAULT_MPV_SOCKET, followMpv } from '../players/mpv/mpv.js'
import { startMpv } from '../players/mpv/start-mpv.js'
import { contextOf } from './context.js'
import { type Tracking, trackingLanguage, trackUntilStopped } from './track-run.js'

/** Within this time the last messages of an mpv that has ended are read. */
const LAST_WORDS_MS = 1_000

interface MpvOptions {
  readonly socket?: string
  readonly start?: readonly string[]
  readonly lang?: string
  readonly ignore: readonly string[]
}

export function addTrackMpvCommand(track: Command): void {
  track
    .command('mpv')
    .description('record what mpv plays; attach to it, wait for it, or start it')
    .argument('[mpv-options...]', 'options for mpv, after `--`; only with --start')
    .option('--socket <path>', `the socket that mpv opens by input-ipc-server (default: ${DEFAULT_MPV_SOCKET})`)
    .option('--start <file...>', 'start mpv with these files or URLs, and stop when it ends')
    .option('--lang <language>', 'language of subtitles that do not name their own')
    .addOption(
      new Option('--ignore <pattern>', 'do not record paths or URLs that contain this; * and ? allowed, repeatable')
        .argParser(append)
        .default([], 'none'),
    )
    .addHelpText(
      'after',
      `
To record every mpv, add this line to mpv.conf and keep \`immersion track mpv\` running:
  input-ipc-server=${DEFAULT_MPV_SOCKET}`,
    )
    .action(run)
}

async function run(mpvOptions: readonly string[], options: MpvOptions, command: Command): Promise<void> {
  const context = contextOf(command)
  const settings = context.file.track ?? {}
  const following = {
    language: trackingLanguage(options.lang ?? settings.language),
    isIgnored: ignoreRule([...(settings.ignore ?? []), ...options.ignore]),
  }
  const { start: files } = options
  if (files !== undefined) {
    await trackUntilStopped(context, (tracking) =>
      startAndFollow(tracking, files, mpvOptions, options.socket, following),
    )
    return
  }
  if (mpvOptions.length > 0) {
    throw new ImmersionError('INVALID_ARGUMENT', `options for mpv (${mpvOptions.join(' ')}) need --start`, {
      hint: 'Write: immersion track mpv --start FILE -- --fullscreen',
    })
  }
  const socketPath = options.socket ?? settings.socket ?? DEFAULT_MPV_SOCKET
  await trackUntilStopped(context, async (tracking) => {
    tracking.onNote(`Waiting for mpv with --input-ipc-server=${socketPath}. Ctrl-C stops.`)
    await followMpv({ ...following, ...tracking, socketPath })
  })
}

async function startAndFollow(
  tracking: Tracking,
  files: readonly string[],
  args: readonly string[],
  socket: string | undefined,
  following: { readonly language: string | undefined; readonly isIgnored: (location: string) => boolean },
): Promise<void> {
  const mpv = startMpv({ files, args, socketPath: socket })
  const ended = new AbortController()
  // An mpv that ends closes its socket, which ends followMpv. The signal is for an mpv that never opened its socket.
  const exited = mpv.exited.finally(() => setTimeout(() => ended.abort(), LAST_WORDS_MS).unref())
  exited.catch(() => {}) // The last line awaits the failure.
  try {
    const signal = AbortSignal.any([tracking.signal, ended.signal])
    await followMpv({ ...following, ...tracking, signal, socketPath: mpv.socketPath, reconnect: false })
    // An mpv that ended by itself reports how, so its exit is awaited before it is made to end.
    const lastWords = delay(LAST_WORDS_MS, undefined, { signal: tracking.signal })
    await Promise.race([exited, lastWords]).catch(() => {})
  } finally {
    await mpv.end()
  }
  await exited
}

function append(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}
