// 50 events a second with a spool while the server is away. One host is killed, one starts and is killed while there is no
// server, and one sees the server come back. Every acknowledged event is on the server, once. 30 seconds, or 10 minutes by
// `npm run test:faults`.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'
import { compareLogs } from '../../src/store/replication.js'
import { withFolder } from '../store/with-store.js'
import { privateServer, withLockedServer } from '../support/locked-server.js'
import { requires } from '../support/requires.js'
import type { ServerKind } from '../support/server-program.js'
import { OUTAGE_MS } from './kills.js'

const HOST = fileURLToPath(new URL('./spool-host.js', import.meta.url))
const SECRET = 'over the spool'

/** By stream, the last version up to which every event was acknowledged. */
type Acknowledged = Map<string, number>

interface Host {
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
}

function startHost(url: string, spool: string, number: number, acknowledged: Acknowledged): Host {
  const child: ChildProcess = spawn(process.execPath, [HOST, url, spool, String(number)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const heard = (async () => {
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      const [streamId = '', from, to] = line.split(' ')
      assert.is(Number(from), (acknowledged.get(streamId) ?? 0) + 1, 'acknowledged in order')
      acknowledged.set(streamId, Number(to))
    }
  })()
  return {
    async end(signal) {
      child.kill(signal)
      const [code, by] = await exited
      await heard
      assert.equal([code, by], signal === 'SIGKILL' ? [null, 'SIGKILL'] : [0, null])
    },
  }
}

function share(part: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, OUTAGE_MS * part))
}

async function assertAllThere(url: string, spool: string, acknowledged: Acknowledged): Promise<void> {
  const store = await openImmersionTrackingStore({ tz: 'UTC', storage: { url } })
  try {
    const held = new Map<string, number[]>()
    let lines = 0
    for await (const page of store.maintenance.exportEvents()) {
      for (const { streamId, version, type } of page) {
        held.set(streamId, [...(held.get(streamId) ?? []), version])
        if (type === 'subtitle.shown') lines++
      }
    }
    assert.is(held.size, acknowledged.size)
    for (const [streamId, last] of acknowledged) {
      const versions = held.get(streamId) ?? []
      // A killed host may have recorded events whose acknowledgement it had not yet printed.
      assert.ok(versions.length >= last)
      assert.equal(
        versions,
        Array.from(versions, (_, index) => index + 1),
      )
    }
    const { ok, damage } = await store.maintenance.verify()
    assert.equal([ok, damage], [true, []])
    const { total } = await store.analytics.overview()
    assert.equal([total.measures.lines, total.measures.sessions], [lines, acknowledged.size])
    // 50 a second; fewer on a busy machine.
    assert.ok(lines > (OUTAGE_MS / 1000) * 20)
  } finally {
    await store.close()
  }
  assert.ok((await compareLogs({ storage: spool }, { storage: { url } })).ok, 'the spool and the server differ')
}

const test = suite('spool: an outage')

const both = requires(test, privateServer('postgres'), privateServer('mysql'))

both(`${OUTAGE_MS / 1000} s of 50 events/s with the server gone and hosts killed lose nothing, on both`, async () => {
  await Promise.all([assertOutageLosesNothing('postgres'), assertOutageLosesNothing('mysql')])
})

function assertOutageLosesNothing(kind: ServerKind): Promise<void> {
  return withFolder((folder) =>
    withLockedServer(kind, SECRET, async ({ server, url }) => {
      const [at, spool] = [url('learner', SECRET), join(folder, 'spool.sqlite')]
      const acknowledged: Acknowledged = new Map()
      const first = startHost(at, spool, 1, acknowledged)
      await share(0.15)
      await server.kill()
      await share(0.2)
      await first.end('SIGKILL')
      const second = startHost(at, spool, 2, acknowledged)
      await share(0.2)
      await second.end('SIGKILL')
      const third = startHost(at, spool, 3, acknowledged)
      await share(0.15)
      await server.start()
      await share(0.3)
      await third.end('SIGTERM')
      assert.is(acknowledged.size, 3)
      await assertAllThere(at, spool, acknowledged)
    }),
  )
}

test.run()
