// A URL that names one kind of database server and leads to the other kind: the hint says so.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adapter as mysqlAdapter } from '../../adapters/mysql/adapter.js'
import { adapter as postgresAdapter } from '../../adapters/postgres/adapter.js'
import { refused, TABLES } from '../../src/contract/cases/contract-case.js'
import { server, withTestDatabase } from '../support/databases.js'
import { requires } from '../support/requires.js'

const test = suite('the other kind of server')
const withServers = requires(test, server('mysql'), server('postgres'))

for (const [named, adapter, other, hint] of [
  ['postgres', postgresAdapter, 'mysql', 'Is it MySQL'],
  ['mysql', mysqlAdapter, 'postgres', 'Is it PostgreSQL'],
] as const) {
  withServers(`a URL of ${named} that leads to ${other} is unavailable, and the hint asks whether it is that`, () =>
    withTestDatabase(other, async ({ url }) => {
      const at = new URL(url.replace(/^[a-z]+:/, `${named}:`))
      const storage = { url: at.href, tls: 'off', connectTimeoutMs: 1_000 }
      const error = await refused(
        () => adapter.openEventLog({ storage, tables: TABLES, readOnly: false }),
        'STORAGE_UNAVAILABLE',
      )
      assert.match(error.hint, hint)
    }),
  )
}

test.run()
