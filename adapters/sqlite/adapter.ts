// The SQLite adapter: checks its settings, and opens the log (log.ts), plans its migrations (schema.ts) and makes its
// backups (backup.ts).

import { resolve } from 'node:path'
import { ImmersionError } from '../../src/events/errors.js'
import type { EventLogAdapter, EventLogOptions } from '../../src/ports/event-log.js'
import { checkStorageOptions } from '../port/storage-options.js'
import { backUp, stageBackup } from './backup.js'
import { planMigrations } from './connection.js'
import { checkHostDatabase, isInMemory } from './host-database.js'
import { openSqliteLog } from './log.js'
import type { SqliteFile } from './schema.js'

export const adapter: EventLogAdapter = {
  sharedBetweenThreads: true,
  async openEventLog(options) {
    const { storage, isReopened = false } = options
    const file = checkFile(storage)
    return openSqliteLog({ ...file, isReopened: isReopened && storage.whenRemoved !== 'create' }, options)
  },
  async planMigrations({ storage, tables }) {
    return planMigrations(checkFile(storage), tables)
  },
  backups: {
    async backUp(storage, file) {
      return backUp(withoutHost(checkFile(storage)), file)
    },
    async stage(storage, file) {
      return stageBackup(withoutHost(checkFile(storage)), file)
    },
  },
}

/** A backup has connections of its own, which it closes. */
function withoutHost({ host: _host, ...file }: SqliteFile): SqliteFile {
  return file
}

function checkFile({ database, ...storage }: EventLogOptions['storage']): SqliteFile {
  if (database !== undefined) {
    checkStorageOptions('sqlite', storage, [])
    const host = checkHostDatabase(database)
    return { path: isInMemory(host) ? ':memory:' : resolve(host.name), nativeBinding: undefined, host }
  }
  const { path, nativeBinding } = checkStorageOptions('sqlite', storage, ['path', 'nativeBinding', 'whenRemoved'])
  if (path === undefined) {
    throw new ImmersionError('INVALID_CONFIG', 'storage.path is missing.', {
      hint: 'Give the path of the database file.',
      details: { key: 'storage.path' },
    })
  }
  if (path.startsWith(':memory:') || path.startsWith('file:')) {
    throw new ImmersionError('INVALID_CONFIG', `storage.path is ${path}, not the path of a file.`, {
      hint: 'For a log that is kept nowhere, set storage.provider to memory.',
      details: { key: 'storage.path', value: path },
    })
  }
  return { path: resolve(path), nativeBinding }
}
