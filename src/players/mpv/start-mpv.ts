// Starts an mpv with a socket of our own, in a folder that only this user can enter. Called by the command `track mpv
// --start`. The player is in a process group of its own, so that Ctrl-C reaches it through `end`, after its session.

import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { ImmersionError } from '../../events/errors.js'

/** Time to close a file, save the position and exit; then the system ends it. */
const END_TIMEOUT_MS = 3_000

export function startMpv(options: {
  readonly files: readonly string[]
  /** The user's own, after ours, so that they win. */
  readonly args: readonly string[]
  /** Default: one in a new private folder. */
  readonly socketPath?: string | undefined
}) {
  const folder = options.socketPath === undefined ? fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-mpv-')) : undefined
  const socketPath = options.socketPath ?? ownSocket(folder ?? os.tmpdir())
  const args = [`--input-ipc-server=${socketPath}`, '--no-terminal', ...options.args, '--', ...options.files]
  const player = spawn('mpv', args, { stdio: 'ignore', detached: process.platform !== 'win32' })

  /** Resolves when mpv ends; PLAYER_UNAVAILABLE when it could not be started, or could play nothing. */
  const exited = new Promise<void>((resolve, reject) => {
    player.once('error', (cause) => reject(unavailable(`mpv could not be started: ${cause.message}`, cause)))
    player.once('exit', (code) => {
      // 1: wrong options; 2: nothing could be played. 3: some files could not, 4: a signal ended it.
      if (code === 1) reject(unavailable('mpv refused its options'))
      else if (code === 2) reject(unavailable('mpv could play none of the files'))
      else resolve()
    })
  })
  exited.catch(() => {}) // reported to anyone that waits for it

  return {
    socketPath,
    exited,
    /** Ends mpv, if it still runs, and removes its folder. */
    async end() {
      if (player.pid !== undefined && player.exitCode === null && player.signalCode === null) {
        player.kill('SIGTERM')
        const timer = setTimeout(() => player.kill('SIGKILL'), END_TIMEOUT_MS)
        await exited.catch(() => {})
        clearTimeout(timer)
      }
      if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true })
    },
  }
}

function ownSocket(folder: string): string {
  return process.platform === 'win32' ? `\\\\.\\pipe\\immersion-mpv-${randomUUID()}` : path.join(folder, 'mpv.sock')
}

function unavailable(message: string, cause?: unknown): ImmersionError {
  return new ImmersionError('PLAYER_UNAVAILABLE', message, {
    hint: 'Install mpv and see that `mpv FILE` plays; or start it yourself and attach with --socket.',
    cause,
  })
}
