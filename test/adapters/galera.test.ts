// A Galera cluster of MariaDB: refused unless all writers use one node, and then nothing that was acknowledged is lost, also
// when that node is killed and the writer goes on with the other one.

import { once } from 'node:events'
import * as net from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ImmersionError } from '../../src/events/errors.js'
import type { ImmersionTrackingStore } from '../../src/ports/store-types.js'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'
import { withFolder } from '../store/with-store.js'
import { type GaleraNode, galera, withGalera } from '../support/galera-cluster.js'
import { startImmersion } from '../support/immersion-command.js'
import { requires } from '../support/requires.js'
import { until } from '../support/until.js'

const test = suite('mysql: a Galera cluster')
const withCluster = requires(test, galera())

/** A batch. */
const LINES = 25

const open = (url: string) => openImmersionTrackingStore({ storage: { url, singleWriter: true }, tz: 'UTC' })

/** Batches of lines, each acknowledged before the next, so that two writers meet in the head all the time. */
async function write(store: ImmersionTrackingStore, batches: number): Promise<void> {
  const session = store.tracker.startSession({ videoKey: 'local:/a.mkv', targetLanguage: 'ja' })
  for (let batch = 0; batch < batches; batch++) {
    for (let line = 0; line < LINES; line++) session.line({ text: `行 ${batch} ${line}`, chars: 2, words: 1 })
    await store.flush({ timeoutMs: 60_000 })
  }
  session.end()
  await store.flush({ timeoutMs: 60_000 })
}

/** All lines are counted, and the sums are those of the events that are there. */
async function assertComplete(node: GaleraNode, batches: number): Promise<void> {
  const store = await open(node.url)
  const { total } = await store.analytics.overview()
  const { damage, missing } = await store.maintenance.verify()
  await store.close()
  assert.equal([total.measures.lines, damage, missing], [batches * LINES, [], []])
}

withCluster('a cluster is refused by the name of the variable, unless one node takes all writes', () =>
  withGalera(async (first, second) => {
    const refused: unknown = await openImmersionTrackingStore({ storage: first.url }).catch((error) => error)
    if (!(refused instanceof ImmersionError)) throw new TypeError('it opened')
    assert.is(refused.code, 'STORAGE_UNSUPPORTED')
    assert.match(refused.message, 'wsrep_on')
    assert.match(refused.hint, 'storage.singleWriter')
    await withFolder(async (folder) => {
      const doctor = startImmersion(folder, ['doctor'], first.url)
      assert.is(await doctor.exited, 1)
      assert.match(doctor.stdout(), /wsrep_on is ON.*STORAGE_UNSUPPORTED/)
      const allowed = startImmersion(folder, ['doctor'], `${first.url}?singleWriter=true`)
      assert.is(await allowed.exited, 0)
      assert.match(allowed.stdout(), 'wsrep_on ON')
    })

    // The node that takes all writes is killed while it takes them; a proxy then leads to the other one.
    const proxy = await startProxy(first.port)
    const store = await open(`mysql://root@127.0.0.1:${proxy.port}/immersion`)
    await write(store, 10)
    const writing = write(store, 150)
    await until('some are written', () => store.diagnostics.snapshot().acknowledged > 50 * LINES)
    await first.kill()
    proxy.leadTo(second.port)
    // Of two nodes, the one that is left cannot know whether the other one still works. Its administrator does.
    await until('the other node goes on alone', async () => {
      const [status, size] = await second
        .ask("show status where variable_name in ('wsrep_cluster_status', 'wsrep_cluster_size')")
        .then((rows) => [variableOf(rows, 'wsrep_cluster_status'), variableOf(rows, 'wsrep_cluster_size')])
      if (status !== 'Primary') await second.ask("set global wsrep_provider_options = 'pc.bootstrap=true'")
      return status === 'Primary' && size === '1'
    })
    await writing
    const { acknowledged, admitted, setAside } = store.diagnostics.snapshot()
    await store.close()
    proxy.close()
    assert.equal([acknowledged, setAside], [admitted, 0])
    await assertComplete(second, 160)
  }),
)

withCluster('two nodes that both take writes all the same acknowledge nothing that is not there', () =>
  withGalera(async (first, second) => {
    const stores: ImmersionTrackingStore[] = []
    // One after the other, because the lock of a migration holds on one node alone.
    for (const { url } of [first, first, second, second]) stores.push(await open(url))
    await Promise.all(stores.map((store) => write(store, 60)))
    for (const store of stores) {
      const { acknowledged, admitted } = store.diagnostics.snapshot()
      assert.is(acknowledged, admitted)
      await store.close()
    }
    await assertComplete(first, 240)
    await assertComplete(second, 240)
  }),
)

function variableOf(rows: readonly Record<string, unknown>[], variable: string): unknown {
  return rows.find((row) => row.Variable_name === variable)?.Value
}

async function startProxy(port: number) {
  let target = port
  const server = net.createServer((client) => {
    const upstream = net.connect(target, '127.0.0.1')
    client.pipe(upstream).pipe(client)
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as net.AddressInfo).port,
    leadTo(next: number) {
      target = next
    },
    close: () => server.close(),
  }
}

test.run()
