// A program of its own for tests that start several at once on one PostgreSQL database: `URL` of the database is its
// argument. It opens the log, makes the profile, and closes.

import { adapter } from '../../adapters/postgres/adapter.js'
import { PROFILE, SETTINGS, TABLES } from '../../src/contract/cases/contract-case.js'

const [url] = process.argv.slice(2)
const log = await adapter.openEventLog({ storage: { url }, tables: TABLES, readOnly: false })
await log.openProfile(PROFILE, SETTINGS)
await log.close()
