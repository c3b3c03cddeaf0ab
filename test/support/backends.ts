// The databases of the package, for tests that must pass on each of them: the requirements of a database, and a new log on it
// that is removed again. A server's log is in a database of its own (databases.ts).

import { randomUUID } from 'node:crypto'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { forgetSharedLog } from '../../adapters/memory/adapter.js'
import type { EventLogAdapter } from '../../src/ports/event-log.js'
import { server, testDatabase } from './databases.js'
import type { Requirement } from './requires.js'

export type Provider = 'memory' | 'sqlite' | 'postgres' | 'mysql'

/** A log that is empty at first. */
export interface FreshLog {
  /** `storage` of a configuration, without the provider. */
  readonly storage: Readonly<Record<string, unknown>>
  remove(): Promise<void>
}

export interface Backend {
  readonly provider: Provider
  readonly requirements: readonly Requirement[]
  /** Loads the adapter's module when it is called. */
  adapter(): Promise<EventLogAdapter>
  freshLog(): Promise<FreshLog>
}

export const MEMORY: Backend = {
  provider: 'memory',
  requirements: [],
  adapter: async () => (await import('../../adapters/memory/adapter.js')).adapter,
  async freshLog() {
    const name = randomUUID()
    return { storage: { name }, remove: async () => forgetSharedLog(name) }
  },
}

export const SQLITE: Backend = {
  provider: 'sqlite',
  requirements: [],
  adapter: async () => (await import('../../adapters/sqlite/adapter.js')).adapter,
  async freshLog() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-log-'))
    return {
      storage: { path: path.join(folder, 'log.sqlite') },
      remove: async () => fs.rmSync(folder, { recursive: true, force: true }),
    }
  },
}

export const POSTGRES: Backend = {
  provider: 'postgres',
  requirements: [server('postgres')],
  adapter: async () => (await import('../../adapters/postgres/adapter.js')).adapter,
  freshLog: () => freshDatabase('postgres'),
}

export const MYSQL: Backend = {
  provider: 'mysql',
  requirements: [server('mysql')],
  adapter: async () => (await import('../../adapters/mysql/adapter.js')).adapter,
  freshLog: () => freshDatabase('mysql'),
}

export const BACKENDS: readonly Backend[] = [MEMORY, SQLITE, POSTGRES, MYSQL]

async function freshDatabase(provider: 'postgres' | 'mysql'): Promise<FreshLog> {
  const database = await testDatabase(provider)
  return { storage: { url: database.url }, remove: () => database.drop() }
}

export async function adapterOf(provider: Provider): Promise<EventLogAdapter> {
  const backend = BACKENDS.find((one) => one.provider === provider)
  if (backend === undefined) throw new TypeError(`there is no backend ${provider}`)
  return backend.adapter()
}

/** Runs `work` with a new log, and removes it afterwards. */
export async function withFreshLog<T>(backend: Backend, work: (log: FreshLog) => Promise<T>): Promise<T> {
  const log = await backend.freshLog()
  try {
    return await work(log)
  } finally {
    await log.remove()
  }
}
