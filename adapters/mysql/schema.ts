// How a database of MySQL or MariaDB is read and made: under a lock of the server's, so that of processes that start at once
// one migrates and the others find it done. A statement that changes a table commits by itself, so each can be run again.

import { createHash } from 'node:crypto'
import { ImmersionError } from '../../src/events/errors.js'
import type { Place } from '../port/refusals.js'
import type { ServerConnection } from '../server/connection.js'
import type { SchemaRules, ServerMigrations } from '../server/schema.js'
import { mysqlDialect } from './dialect.js'
import { VERSION_TABLE } from './migrations.js'

/** Each attempt waits a second in the server: a minute, in which another process migrates. */
const LOCK_ATTEMPTS = 60

export function mysqlSchema(database: string, place: Place, migrations: ServerMigrations): SchemaRules {
  return {
    dialect: mysqlDialect,
    schema: database,
    place,
    migrations,
    versionTable: VERSION_TABLE,
    selectVersion: `select version from ${VERSION_TABLE} where id = 1`,
    noteVersion: `insert into ${VERSION_TABLE} (id, version) values (1, ?) on duplicate key update version = values(version)`,
    selectColumns: `select table_name, column_name from information_schema.columns
      where table_schema = ? order by table_name, ordinal_position`,
    selectIndexes: 'select distinct index_name from information_schema.statistics where table_schema = ?',
    async underLock(connection, work) {
      // A lock's name is the complete server's, and shorter than a database's may be.
      const name = `immersion_${createHash('sha256').update(database).digest('hex').slice(0, 32)}`
      // The lock ends with the connection at the latest, which is not used again.
      await connection.withoutLimits()
      await takeLock(connection, name, place)
      await work()
      await connection.query('do release_lock(?)', [name])
    },
  }
}

async function takeLock(connection: ServerConnection, name: string, { location }: Place): Promise<void> {
  for (let attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
    const { rows } = await connection.query('select get_lock(?, 1)', [name])
    if (rows[0]?.[0] === 1) return
  }
  throw new ImmersionError('STORAGE_BUSY', `Another process migrates the database ${location}.`, {
    hint: 'Try again when it is done.',
    details: { location },
  })
}
