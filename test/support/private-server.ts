// A database server for one test, which can stop it, kill it and start it again on the same port. The server ends with the
// process that started it, even when that process is killed (server-keeper.ts).

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import * as path from 'node:path'
import { fileURLToPath } from 'node:url'
import { serverUrl } from './server-connection.js'
import type { KeeperAnswer, KeeperRequest } from './server-keeper.js'
import type { ServerKind } from './server-program.js'
import { serverProgram } from './server-programs.js'

export interface PrivateServer {
  readonly kind: ServerKind
  readonly port: number
  /** The folder of all its data. */
  readonly folder: string
  /** The URL of its maintenance database, for the administrator. */
  readonly url: string
  /** Starts it again, on the same port. Resolves when it accepts connections. */
  start(): Promise<void>
  /** Shuts it down. Resolves when it has ended. */
  stop(): Promise<void>
  /** Ends it at once, in the middle of its work ("immediate"). Resolves when it has ended. */
  kill(): Promise<void>
  /** Ends it and removes its folder. */
  remove(): Promise<void>
}

const KEEPER = path.join(path.dirname(fileURLToPath(import.meta.url)), 'server-keeper.js')

/** Resolves when the server accepts connections. */
export async function startPrivateServer(kind: ServerKind): Promise<PrivateServer> {
  const program = serverProgram(kind)
  if ('missing' in program) throw new Error(program.missing)
  const keeper = fork(KEEPER, [kind], { detached: true, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  // The keeper ends with this process, and this process does not wait for the keeper.
  keeper.unref()
  keeper.channel?.unref()
  const request = oneByOne(keeper)
  const { port, folder } = await request('start')
  return {
    kind,
    port,
    folder,
    url: serverUrl(kind, { port, user: program.user }),
    start: async () => void (await request('start')),
    stop: async () => void (await request('stop')),
    kill: async () => void (await request('kill')),
    async remove() {
      if (!keeper.connected) return
      await request('end')
      const exited = once(keeper, 'exit')
      keeper.ref()
      keeper.disconnect()
      await exited
    },
  }
}

type Kept = Exclude<KeeperAnswer, { readonly failed: string }>

/** The keeper answers requests in order, so each one waits for the one before. */
function oneByOne(keeper: ChildProcess): (request: KeeperRequest) => Promise<Kept> {
  let last: Promise<unknown> = Promise.resolve()
  return (request) => {
    const answered = last.then(() => requestOf(keeper, request))
    last = answered.catch(() => undefined)
    return answered
  }
}

function requestOf(keeper: ChildProcess, request: KeeperRequest): Promise<Kept> {
  return new Promise((resolve, reject) => {
    const finish = (work: () => void) => {
      keeper.off('message', onAnswer).off('exit', onExit)
      keeper.unref()
      keeper.channel?.unref()
      work()
    }
    const onAnswer = (answer: KeeperAnswer) =>
      finish(() => ('port' in answer ? resolve(answer) : reject(new Error(answer.failed))))
    const onExit = () => finish(() => reject(new Error('the keeper of the server has ended')))
    keeper.on('message', onAnswer).on('exit', onExit)
    keeper.ref()
    keeper.channel?.ref()
    keeper.send(request)
  })
}
