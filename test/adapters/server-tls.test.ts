// Encrypted connections to a real server: a certificate is verified against the authority that is given and against the
// name that is connected to; `require` looks at neither; what fails says which setting to look at.

import { execFileSync } from 'node:child_process'
import { chownSync, copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adapter } from '../../adapters/postgres/adapter.js'
import type { ImmersionError } from '../../src/events/errors.js'
import { privateServer } from '../support/locked-server.js'
import { type PrivateServer, startPrivateServer } from '../support/private-server.js'
import { program, requires } from '../support/requires.js'
import { ask } from '../support/server-connection.js'
import { until } from '../support/until.js'

const test = suite('encrypted connections')

/** A certificate for the address 127.0.0.1 and no name, signed by itself. */
function makeCertificate(folder: string): { readonly key: string; readonly certificate: string } {
  const key = join(folder, 'server.key')
  const certificate = join(folder, 'server.crt')
  const names = ['-subj', '/CN=immersion-test', '-addext', 'subjectAltName=IP:127.0.0.1']
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...names]
  execFileSync('openssl', [...made, '-keyout', key, '-out', certificate], { stdio: 'ignore' })
  return { key, certificate }
}

async function switchTlsOn(server: PrivateServer, files: { readonly key: string; readonly certificate: string }) {
  const data = join(server.folder, 'data')
  const { uid, gid } = statSync(data)
  for (const [from, name] of [
    [files.key, 'server.key'],
    [files.certificate, 'server.crt'],
  ] as const) {
    copyFileSync(from, join(data, name))
    chownSync(join(data, name), uid, gid)
  }
  await ask('postgres', server.url, 'alter system set ssl = on')
  await ask('postgres', server.url, 'select pg_reload_conf()')
  await until('TLS is on', async () => {
    const [row] = await ask('postgres', server.url, 'show ssl')
    return row?.ssl === 'on'
  })
}

const withTls = requires(test, privateServer('postgres'), program('openssl'))

withTls('a certificate is verified against authority and name, unless it is only required', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'immersion-tls-'))
  const server = await startPrivateServer('postgres')
  try {
    const files = makeCertificate(folder)
    const { port } = server

    /** What the opening fails with, or whether its connection is encrypted. */
    async function outcome(settings: object): Promise<ImmersionError | boolean> {
      const storage = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres', ...settings }
      try {
        const log = await adapter.openEventLog({ storage, tables: [], readOnly: false })
        const sessions = await ask(
          'postgres',
          server.url,
          "select ssl from pg_stat_ssl join pg_stat_activity using (pid) where application_name <> '' or ssl",
        )
        await log.close()
        return sessions.some(({ ssl }) => ssl === true)
      } catch (error) {
        return error as ImmersionError
      }
    }

    const without = (await outcome({ tls: 'require' })) as ImmersionError
    assert.equal([without.code, /storage\.tls/.test(without.hint)], ['STORAGE_UNAVAILABLE', true])
    await switchTlsOn(server, files)
    assert.is(await outcome({}), false)
    assert.is(await outcome({ tls: 'require' }), true)
    assert.is(await outcome({ caFile: files.certificate }), true)
    const refused = [
      await outcome({ tls: 'verify' }),
      await outcome({ caFile: files.certificate, host: 'localhost' }),
    ] as readonly ImmersionError[]
    for (const { code, hint } of refused) {
      assert.is(code, 'STORAGE_UNAVAILABLE')
      assert.match(hint, /storage\.caFile.*storage\.host/)
    }
  } finally {
    await server.remove()
    rmSync(folder, { recursive: true })
  }
})

test.run()
