// `immersion track mpv`: attaches to a running mpv by its socket, waits for one, or starts one.

import type { Command } from 'commander'
import { ImmersionError } from '../events/errors.js'
import { ignoreRule } from '../players/location.js'
import { DEFAULT_MPV_SOCKET, followMpv } from '../players/mpv/mpv.js'
import { startMpv } from '../players/mpv/start-mpv.js'
import { wait } from '../players/wait.js'
import { contextOf } from './context.js'
import { type Tracking, trackingLanguage, trackUntilStopped } from './track-run.js'

/** What mpv said before it ended is read within that. */
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
    .description('record what mpv plays: attach to it, wait for it, or start it')
    .argument('[mpv-options...]', 'with --start, after `--`: options for mpv')
    .option('--socket <path>', `mpv's input-ipc-server (default: ${DEFAULT_MPV_SOCKET})`)
    .option('--start <file...>', 'start mpv with these files or URLs, and end with it')
    .option('--lang <language>', 'language of subtitles that do not say theirs')
    .option(
      '--ignore <pattern>',
      'do not record paths or URLs in which this is found, * and ? allowed; repeatable',
      append,
      [],
    )
    .addHelpText(
      'after',
      `
To record every mpv, put this line into mpv.conf and leave \`immersion track mpv\` running:
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
    throw new ImmersionError('INVALID_ARGUMENT', `options for mpv (${mpvOptions.join(' ')}) go with --start`, {
      hint: 'Write: immersion track mpv --start FILE -- --fullscreen',
    })
  }
  const socketPath = options.socket ?? settings.socket ?? DEFAULT_MPV_SOCKET
  await trackUntilStopped(context, async (tracking) => {
    tracking.onNote(`Waiting for mpv with --input-ipc-server=${socketPath}; Ctrl-C ends.`)
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
  const gone = new AbortController()
  // An mpv that is gone closes its socket, and that ends the following; the signal is for one that never opened it.
  const giveUp = () => setTimeout(() => gone.abort(), LAST_WORDS_MS).unref()
  const exited = mpv.exited.finally(giveUp)
  exited.catch(() => {}) // heard below
  try {
    const signal = AbortSignal.any([tracking.signal, gone.signal])
    await followMpv({ ...following, ...tracking, signal, socketPath: mpv.socketPath, reconnect: false })
    // It is gone, or was asked to go: an mpv that goes by itself says how it went.
    await Promise.race([exited.catch(() => {}), wait(LAST_WORDS_MS, tracking.signal)])
  } finally {
    await mpv.end()
  }
  await exited
}

function append(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}
