// A local log carried on to another: only what the target lacks, whatever it has lost or refuses.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ImmersionError } from '../../src/events/errors.js'
import type { LogEngine } from '../../src/ports/log-engine.js'
import { Forwarder } from '../../src/spool/forward.js'
import { counted, DAY_MS, NOW_MS, type OpenLog, session, withLogs } from '../replicate/logs.js'
import { MEMORY, SQLITE } from '../support/backends.js'
import { idOf } from '../support/engine-logs.js'

const test = suite('forward')

function withThree(work: (spool: LogEngine, server: LogEngine, other: LogEngine) => Promise<void>): Promise<void> {
  return withLogs([SQLITE, MEMORY, MEMORY], (logs) => {
    const [spool, server, other] = logs as readonly [OpenLog, OpenLog, OpenLog]
    return work(spool.engine, server.engine, other.engine)
  })
}

/** The target, which fails for events of this stream. */
function refusing(target: LogEngine, streamId: string, code: ImmersionError['code']): LogEngine {
  return {
    ...target,
    append: async (events) => {
      if (events.some((event) => event.streamId === streamId)) throw new ImmersionError(code, 'refused')
      return target.append(events)
    },
  }
}

test('what the target lacks is carried once; what the spool has pruned since stays counted, also on a server that lost all', () =>
  withThree(async (spool, server, other) => {
    await spool.append(session(idOf(1), 'local:/a', NOW_MS - 100 * DAY_MS, 20))
    const forwarder = new Forwarder(spool, server)
    assert.is((await forwarder.forwardAll()).events, 42)
    const recent = session(idOf(2), 'local:/b', NOW_MS - DAY_MS, 3)
    await spool.append(recent.slice(0, 4))
    assert.is((await forwarder.forward([idOf(2)])).events, 4)
    await spool.append(recent)
    assert.is((await forwarder.forward([idOf(2)])).events, recent.length - 4)
    assert.is((await forwarder.forwardAll()).events, 0)

    // The newest session is the present one: before it the clock seems to have jumped.
    assert.is((await spool.retain({})).outcome, 'noted')
    const retained = await spool.retain({})
    assert.equal([retained.outcome, retained.pruned.detail], ['retained', 20])
    assert.is((await forwarder.forwardAll()).events, 0)
    assert.equal(await counted(server), await counted(spool))
    // The server comes back empty: what the spool no longer holds is stated.
    assert.ok((await new Forwarder(spool, other).forwardAll()).events > 0)
    assert.equal(await counted(other), await counted(spool))
    assert.equal((await other.verify()).damage, [])
  }))

test('a stream that the server refuses for itself holds up no other, and is tried again', () =>
  withThree(async (spool, server) => {
    for (const number of [1, 2, 3]) await spool.append(session(idOf(number), 'local:/a', NOW_MS - number * DAY_MS, 3))
    let target = refusing(server, idOf(2), 'VERSION_CONFLICT')
    const forwarder = new Forwarder(spool, { ...server, append: (events) => target.append(events) })
    const { events, refused } = await forwarder.forwardAll()
    assert.equal([events, refused.map(({ streamId }) => streamId)], [16, [idOf(2)]])
    assert.equal((await forwarder.forward([idOf(2)])).events, 0)
    target = server
    assert.equal((await forwarder.forwardAll()).events, 8)
    assert.equal(await counted(server), await counted(spool))
  }))

test('a server that takes nothing is no fault of a stream', () =>
  withThree(async (spool, server) => {
    await spool.append(session(idOf(1), 'local:/a', NOW_MS, 3))
    const forwarder = new Forwarder(spool, refusing(server, idOf(1), 'STORAGE_FULL'))
    const error: unknown = await forwarder.forwardAll().then(
      () => assert.unreachable(),
      (failed) => failed,
    )
    assert.is((error as ImmersionError).code, 'STORAGE_FULL')
  }))

test.run()
