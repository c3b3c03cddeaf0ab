// A program of its own for tests that need another process on the database. `open URL` opens it with one migration more
// than ships, which notes each time that it is run, and makes the profile.

import { openMysqlLog } from '../../adapters/mysql/adapter.js'
import { MIGRATIONS } from '../../adapters/mysql/migrations.js'
import { serverOptions } from '../../adapters/server/options.js'
import { PROFILE, SETTINGS, TABLES } from '../../src/contract/cases/contract-case.js'

const NOTED: readonly string[] = [
  'create table if not exists migration_runs (run int not null auto_increment primary key) engine = innodb',
  'insert into migration_runs () values ()',
]

const url = process.argv[2]
const log = await openMysqlLog(
  serverOptions('mysql', { url }),
  { storage: { url }, tables: TABLES, readOnly: false },
  { migrations: [...MIGRATIONS, NOTED] },
)
await log.openProfile(PROFILE, SETTINGS)
await log.close()
