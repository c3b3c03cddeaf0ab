// A real mpv without a window or a sound device, with a connection of the test's own to drive it.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connectMpv, type MpvConnection } from '../../src/players/mpv/mpv-ipc.js'
import { until } from './until.js'

export interface HeadlessMpv {
  readonly control: MpvConnection
  set(property: string, value: string | number | boolean): Promise<void>
  /** The position in seconds. */
  position(): Promise<number>
  /** Plays until the position is past `seconds`, then pauses. */
  playTo(seconds: number): Promise<void>
  /** Suspends the process as Ctrl-Z does, or with false lets it continue. */
  suspend(stopped: boolean): void
  /** The same as kill, but nothing of this process runs until mpv is gone. A connection that mpv has not accepted ends with it. */
  killAtOnce(): void
  /** Ends the process as a power cut would; its socket file stays. */
  kill(): Promise<void>
}

const HEADLESS = [
  '--no-config',
  '--vo=null',
  '--ao=null',
  '--no-terminal',
  '--idle=yes',
  '--load-scripts=no',
  '--ytdl=no',
]

export async function startHeadlessMpv(
  socketPath: string,
  args: readonly string[],
  cwd?: string,
): Promise<HeadlessMpv> {
  const player = spawn('mpv', [...HEADLESS, `--input-ipc-server=${socketPath}`, ...args], {
    stdio: 'ignore',
    // mpv takes its working directory from the environment, as a shell sets it.
    ...(cwd === undefined ? {} : { cwd, env: { ...process.env, PWD: cwd } }),
  })
  const gone = once(player, 'exit')
  // A test that crashes must leave no player behind.
  const onExit = () => player.kill('SIGKILL')
  process.once('exit', onExit)
  void gone.then(() => process.off('exit', onExit))
  const control = await until('mpv opens its socket', () => connectMpv(socketPath, () => {}).catch(() => undefined))
  const position = async () => {
    const seconds = await control.get('time-pos')
    return typeof seconds === 'number' ? seconds : 0
  }
  const set = async (property: string, value: string | number | boolean) => {
    if (!(await control.command('set_property', property, value))) throw new Error(`mpv refused ${property} = ${value}`)
  }
  return {
    control,
    set,
    position,
    async playTo(seconds) {
      await set('pause', false)
      await until(`mpv plays to ${seconds} s`, async () => (await position()) >= seconds)
      await set('pause', true)
    },
    suspend: (stopped) => {
      player.kill(stopped ? 'SIGSTOP' : 'SIGCONT')
    },
    killAtOnce() {
      player.kill('SIGKILL')
      spawnSync('sh', ['-c', `until ps -o stat= -p ${player.pid} | grep -q Z; do sleep 0.01; done`])
    },
    async kill() {
      control.close()
      if (player.exitCode === null && player.signalCode === null) player.kill('SIGKILL')
      await gone
    },
  }
}
