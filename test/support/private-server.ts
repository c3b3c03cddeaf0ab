// A database server for a test alone: to be stopped, killed and started again on the same port. It ends with the process
// that started it, whatever becomes of that one (server-keeper.ts).

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
  /** All that it keeps. */
  readonly folder: string
  /** Of its maintenance database, with the user who may do everything. */
  readonly url: string
  /** Starts it again, on the same port, and waits until it serves. */
  start(): Promise<void>
  /** Ends it in order; waits until it has ended. */
  stop(): Promise<void>
  /** Ends it at once, in the middle of whatever it does ("immediate"); waits until it has ended. */
  kill(): Promise<void>
  /** Ends it and removes all of it. */
  remove(): Promise<void>
}

const KEEPER = path.join(path.dirname(fileURLToPath(import.meta.url)), 'server-keeper.js')

/** Resolves once it serves. */
export async function startPrivateServer(kind: ServerKind): Promise<PrivateServer> {
  const program = serverProgram(kind)
  if ('missing' in program) throw new Error(program.missing)
  const keeper = fork(KEEPER, [kind], { detached: true, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  // It ends with this process; this process does not wait for it.
  keeper.unref()
  keeper.channel?.unref()
  const tell = askOneByOne(keeper)
  const { port, folder } = await tell('start')
  return {
    kind,
    port,
    folder,
    url: serverUrl(kind, { port, user: program.user }),
    start: async () => void (await tell('start')),
    stop: async () => void (await tell('stop')),
    kill: async () => void (await tell('kill')),
    async remove() {
      if (!keeper.connected) return
      await tell('end')
      const exited = once(keeper, 'exit')
      keeper.ref()
      keeper.disconnect()
      await exited
    },
  }
}

type Kept = Exclude<KeeperAnswer, { readonly failed: string }>

/** Requests are answered in order, so each waits for the one before. */
function askOneByOne(keeper: ChildProcess): (request: KeeperRequest) => Promise<Kept> {
  let last: Promise<unknown> = Promise.resolve()
  return (request) => {
    const answered = last.then(() => askKeeper(keeper, request))
    last = answered.catch(() => undefined)
    return answered
  }
}

function askKeeper(keeper: ChildProcess, request: KeeperRequest): Promise<Kept> {
  return new Promise((resolve, reject) => {
    const settle = (work: () => void) => {
      keeper.off('message', onAnswer).off('exit', onExit)
      keeper.unref()
      keeper.channel?.unref()
      work()
    }
    const onAnswer = (answer: KeeperAnswer) =>
      settle(() => ('port' in answer ? resolve(answer) : reject(new Error(answer.failed))))
    const onExit = () => settle(() => reject(new Error('the keeper of the server has ended')))
    keeper.on('message', onAnswer).on('exit', onExit)
    keeper.ref()
    keeper.channel?.ref()
    keeper.send(request)
  })
}
