// A process that owns one private database server. It creates the cluster in a folder of its own, and starts and stops the
// server when its parent requests it. When the parent requests the end or has ended itself, it ends the server and removes the
// folder. private-server.ts forks it into a process group of its own, so that a kill of the tests' group does not prevent the
// clean-up.
// States: stopped ⇄ serving → ended.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import * as net from 'node:net'
import * as os from 'node:os'
import * as path from 'node:path'
import { probe } from './server-connection.js'
import type { ServerKind, ServerProgram } from './server-program.js'
import { serverProgram } from './server-programs.js'

export type KeeperRequest = 'start' | 'stop' | 'kill' | 'end'
export type KeeperAnswer = { readonly port: number; readonly folder: string } | { readonly failed: string }

/** Below the ports of outgoing connections, so that no connection takes the port while the server is stopped. */
const PORT_FROM = 15_000
const PORT_TO = 30_000
const PORT_TRIES = 50
/** A server that recovers from a kill on a busy machine may take long. One that never starts is found by this limit. */
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 30_000
const LOOK_AGAIN_MS = 25
const LOG_TAIL_CHARS = 2_000
/** Without faketime, which is loaded this way: under it PostgreSQL ends idle transactions long before their time. */
const REAL_CLOCK = { ...process.env, LD_PRELOAD: '' }

const kind = process.argv[2] as ServerKind
const program = programOf(kind)
const folder = fs.mkdtempSync(path.join(os.tmpdir(), `immersion-${kind}-`))
let port = 0
let server: ChildProcess | null = null
let last: Promise<unknown> = Promise.resolve()

process.on('message', (request: KeeperRequest) => {
  last = last.then(() => answer(request))
})
// The parent has ended. Its last request does not matter any more: the server ends now.
process.on('disconnect', () => void tidyUp().then(() => process.exit(0)))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void tidyUp().then(() => process.exit(1)))
}

async function answer(request: KeeperRequest): Promise<void> {
  let reply: KeeperAnswer
  try {
    await take(request)
    reply = { port, folder }
  } catch (error) {
    reply = { failed: error instanceof Error ? error.message : String(error) }
  }
  if (process.connected) process.send?.(reply)
}

async function take(request: KeeperRequest): Promise<void> {
  switch (request) {
    case 'start':
      return start()
    case 'stop':
      return stop(program.inOrder)
    case 'kill':
      return stop(program.atOnce)
    case 'end':
      return tidyUp()
  }
}

async function start(): Promise<void> {
  if (server !== null) return
  if (port === 0) {
    port = await freePort()
    // The owner must be able to enter it, whatever the umask of this process is.
    fs.chmodSync(folder, 0o755)
    if (program.owner !== undefined) fs.chownSync(folder, program.owner, program.owner)
    program.create(folder)
  }
  const { file, args } = program.command(folder, port)
  const log = fs.openSync(logFile(), 'a')
  const as = program.owner === undefined ? {} : { uid: program.owner, gid: program.owner }
  const started = spawn(file, args, { cwd: folder, stdio: ['ignore', log, log], env: REAL_CLOCK, ...as })
  fs.closeSync(log)
  server = started
  const endMs = performance.now() + START_TIMEOUT_MS
  while (!(await probe(kind, { port, user: program.user }))) {
    if (hasEnded(started) || performance.now() > endMs) {
      await stop(program.atOnce)
      throw new Error(
        `the ${kind} server does not serve:\n${fs.readFileSync(logFile(), 'utf8').slice(-LOG_TAIL_CHARS)}`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
  }
}

async function stop(signal: NodeJS.Signals): Promise<void> {
  const stopping = server
  server = null
  if (stopping === null || hasEnded(stopping)) return
  const exited = once(stopping, 'exit')
  stopping.kill(signal)
  const overdue = setTimeout(() => stopping.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await exited
  clearTimeout(overdue)
}

async function tidyUp(): Promise<void> {
  await stop(program.atOnce)
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
}

function hasEnded(one: ChildProcess): boolean {
  return one.exitCode !== null || one.signalCode !== null || one.pid === undefined
}

function logFile(): string {
  return path.join(folder, 'server.log')
}

function programOf(one: ServerKind): ServerProgram {
  const found = serverProgram(one)
  if ('missing' in found) throw new Error(found.missing)
  return found
}

async function freePort(): Promise<number> {
  for (let turn = 0; turn < PORT_TRIES; turn++) {
    const candidate = PORT_FROM + Math.floor(Math.random() * (PORT_TO - PORT_FROM))
    if (await canListen(candidate)) return candidate
  }
  throw new Error(`no free port between ${PORT_FROM} and ${PORT_TO}`)
}

function canListen(candidate: number): Promise<boolean> {
  return new Promise((resolve) => {
    const listener = net.createServer()
    listener.once('error', () => resolve(false))
    listener.listen(candidate, '127.0.0.1', () => listener.close(() => resolve(true)))
  })
}
