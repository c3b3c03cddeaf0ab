// kill -9 of a host in the middle of its batches: what was acknowledged is there, the file opens, and all of it verifies.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'
import { KILLS } from '../faults/kills.js'
import { withFolder } from './with-store.js'

const test = suite('kill -9')

const HOST = fileURLToPath(new URL('../fixtures/killed-host.js', import.meta.url))
/** The host is killed after this many acknowledgements and a moment that differs from kill to kill. */
const ACKNOWLEDGEMENTS_BEFORE_KILL = 5

/** By stream, the last version up to which everything was acknowledged. */
type Acknowledged = Map<string, number>

async function killOnce(path: string, kill: number, acknowledged: Acknowledged): Promise<void> {
  const host: ChildProcess = spawn(process.execPath, [HOST, path, String(kill)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(host, 'exit')
  let seen = 0
  for await (const line of createInterface({ input: host.stdout as NodeJS.ReadableStream })) {
    const [streamId = '', from, to] = line.split(' ')
    assert.is(Number(from), (acknowledged.get(streamId) ?? 0) + 1, 'acknowledged in order')
    acknowledged.set(streamId, Number(to))
    seen += 1
    if (seen === ACKNOWLEDGEMENTS_BEFORE_KILL) setTimeout(() => host.kill('SIGKILL'), (kill * 7) % 23)
  }
  const [, signal] = await exited
  assert.is(signal, 'SIGKILL')
}

test(`${KILLS} kills lose only what was not acknowledged, and the file opens and verifies`, () =>
  withFolder(async (folder) => {
    const path = join(folder, 'immersion.sqlite')
    const acknowledged: Acknowledged = new Map()
    for (let kill = 1; kill <= KILLS; kill++) await killOnce(path, kill, acknowledged)
    assert.is(acknowledged.size, KILLS)

    const store = await openImmersionTrackingStore({ storage: { path } })
    try {
      const held = new Map<string, number[]>()
      for await (const page of store.maintenance.exportEvents()) {
        for (const { streamId, version } of page) {
          const versions = held.get(streamId) ?? []
          versions.push(version)
          held.set(streamId, versions)
        }
      }
      for (const [streamId, last] of acknowledged) {
        const versions = held.get(streamId) ?? []
        assert.equal(
          versions.slice(0, last),
          Array.from({ length: last }, (_, index) => index + 1),
        )
      }
      const report = await store.maintenance.verify()
      assert.equal([report.ok, report.damage], [true, []])
      const { total } = await store.analytics.overview()
      assert.is(total.measures.sessions, KILLS)
    } finally {
      await store.close()
    }
  }))

test.run()
