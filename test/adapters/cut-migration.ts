// Opens a log whose migration is cut off: the last step that ships is run up to one of its changes, and then `end` is called
// in place of the rest. Run as a program (`PROVIDER STORAGE PLACE`), it stops there for ever, so that it can be killed.

import { writeSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { openMysqlLog } from '../../adapters/mysql/adapter.js'
import { MIGRATIONS as MYSQL } from '../../adapters/mysql/migrations.js'
import { openPostgresLog } from '../../adapters/postgres/adapter.js'
import { MIGRATIONS as POSTGRES } from '../../adapters/postgres/migrations.js'
import { serverOptions } from '../../adapters/server/options.js'
import type { Change, Migrations } from '../../adapters/sql/migrations.js'
import { openSqliteLog } from '../../adapters/sqlite/log.js'
import { MIGRATIONS as SQLITE } from '../../adapters/sqlite/migrations.js'
import type { EventLog } from '../../src/ports/event-log.js'

export type Provider = 'sqlite' | 'postgres' | 'mysql'

/** The texts of all changes, by step. */
export const MIGRATION_TEXTS: Readonly<Record<Provider, readonly (readonly string[])[]>> = {
  sqlite: SQLITE.map(textsOf),
  postgres: POSTGRES.map(textsOf),
  mysql: MYSQL.map(textsOf),
}

function textsOf<Connection>(changes: readonly Change<Connection>[]): readonly string[] {
  return changes.map((change) => (typeof change === 'string' ? change : change.text))
}

/** How many changes the last step has. */
export function changesOf(provider: Provider): number {
  return MIGRATION_TEXTS[provider].at(-1)?.length ?? 0
}

/** `end` runs behind the first `place` changes of the last step; on SQLite it may not wait for anything. */
export function openCut(
  provider: Provider,
  storage: Readonly<Record<string, unknown>>,
  place: number,
  end: () => void | Promise<void>,
): Promise<EventLog> {
  const options = { storage, tables: [], readOnly: false }
  switch (provider) {
    case 'sqlite': {
      const file = { path: String(storage.path), nativeBinding: undefined }
      return openSqliteLog({ ...file, migrations: cut(SQLITE, place, end) }, options)
    }
    case 'postgres':
      return openPostgresLog(serverOptions(provider, storage), options, { migrations: cut(POSTGRES, place, end) })
    case 'mysql':
      return openMysqlLog(serverOptions(provider, storage), options, { migrations: cut(MYSQL, place, end) })
  }
}

function cut<Connection>(
  migrations: Migrations<Connection>,
  place: number,
  end: () => void | Promise<void>,
): Migrations<Connection> {
  const last: readonly Change<Connection>[] = migrations.at(-1) ?? []
  return [...migrations.slice(0, -1), [...last.slice(0, place), { text: '-- the end', run: end }]]
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [provider, storage = '', place] = process.argv.slice(2)
  await openCut(provider as Provider, JSON.parse(storage), Number(place), () => {
    writeSync(1, 'reached\n')
    // Synchronous, because on SQLite a transaction is open that nothing may be awaited in.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })
}
