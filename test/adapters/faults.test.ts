// The log that fails as scripted: each fault strikes when it should, leaves nothing half done, and heals.

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SharedLog } from '../../adapters/memory/log.js'
import {
  committed,
  contentOf,
  eventRow,
  PROFILE,
  refused,
  SETTINGS,
  someOfEverything,
  streamId,
  streamRow,
  TABLES,
  withLog,
  writesAfter,
} from '../../src/contract/cases/contract-case.js'
import type { EventLog, Head } from '../../src/ports/event-log.js'
import { adapter } from '../fixtures/faulty.js'
import { type Fault, FaultyLog } from '../support/faults.js'

const test = suite('scripted faults')

async function withFaults(faults: readonly Fault[], work: (log: EventLog, head: Head) => Promise<void>): Promise<void> {
  const open = async () => new FaultyLog({ storage: {}, tables: TABLES, readOnly: false }, new SharedLog(), faults)
  await withLog(open, async (log) => work(log, await log.openProfile(PROFILE, SETTINGS)))
}

test('a half write fails after any number of rows and leaves nothing', async () => {
  const { streams, events, ledger, videos } = someOfEverything({
    revision: 0,
    position: 0,
    streamCount: 0,
    settings: SETTINGS,
    projections: [],
  })
  // One row in each of the two read models, and the head.
  const rowsWritten = streams.length + events.length + ledger.length + videos.length + 2 + 1
  for (let rows = 0; rows < rowsWritten; rows++) {
    await withFaults([{ kind: 'half-write', code: 'STORAGE_FULL', rows, times: 1 }], async (log, head) => {
      const before = await contentOf(log)
      await refused(() => log.commit(PROFILE, someOfEverything(head)), 'STORAGE_FULL')
      assert.equal(await contentOf(log), before, `after ${rows} rows`)
      await committed(log, someOfEverything(head))
    })
  }
})

test('a fault begins after some calls, strikes some times and is then healed', async () => {
  await withFaults([{ kind: 'throw', code: 'STORAGE_BUSY', afterCalls: 1, times: 2 }], async (log, head) => {
    const first = await committed(log, someOfEverything(head))
    for (const _ of [1, 2]) await refused(() => log.commit(PROFILE, someOfEverything(first)), 'STORAGE_BUSY')
    await committed(log, someOfEverything(first))
  })
})

test('a lost answer has written, and the same commit again is stale', async () => {
  await withFaults([{ kind: 'lost-answer', code: 'STORAGE_UNAVAILABLE', times: 1 }], async (log, head) => {
    await refused(() => log.commit(PROFILE, someOfEverything(head)), 'STORAGE_UNAVAILABLE')
    assert.is(await log.commit(PROFILE, someOfEverything(head)), 'stale')
  })
})

test('a hanging call goes on when its file is gone', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-faults-'))
  const whileFile = path.join(directory, 'stalled')
  fs.writeFileSync(whileFile, '')
  try {
    await withFaults([{ kind: 'hang', whileFile }], async (log, head) => {
      let answer = 'none'
      const waiting = log.commit(PROFILE, someOfEverything(head)).then((said) => {
        answer = said
      })
      await new Promise((resolve) => setTimeout(resolve, 30))
      assert.is(answer, 'none')
      fs.rmSync(whileFile)
      await waiting
      assert.is(answer, 'committed')
    })
  } finally {
    fs.rmSync(directory, { recursive: true })
  }
})

test('an event that is refused is named, in a commit and in an update, and what is without it goes through', async () => {
  await withFaults([{ kind: 'refuse-event', payloadHas: 'poison' }], async (log, head) => {
    const events = [eventRow(1), eventRow(2, { version: 9, payload: '{"json":{"text":"poison"}}' })]
    const writes = writesAfter(head, { streams: [streamRow(1)], events })
    const ways = [() => log.commit(PROFILE, writes), () => log.update(PROFILE, async () => ({ writes, answer: null }))]
    for (const way of ways) {
      const { details } = await refused(way, 'EVENT_REFUSED')
      assert.equal([details.streamId, details.version], [streamId(1), 9])
    }
    await committed(log, writesAfter(head, { streams: [streamRow(1)], events: [eventRow(1)] }))
  })
})

test('foreign errors and wrong answers are given as asked', async () => {
  const faults: Fault[] = [
    { kind: 'foreign', times: 1 },
    { kind: 'stale', afterCalls: 1, times: 1 },
    { kind: 'nonsense', calls: ['stats'] },
  ]
  await withFaults(faults, async (log, head) => {
    try {
      await log.commit(PROFILE, someOfEverything(head))
      assert.unreachable()
    } catch (error) {
      assert.instance(error, TypeError)
    }
    assert.is(await log.commit(PROFILE, someOfEverything(head)), 'stale')
    assert.is(await log.stats(), undefined)
    await committed(log, someOfEverything(head))
  })
})

test('the script comes in by the settings of the adapter', async () => {
  const storage = { faults: [{ kind: 'throw', code: 'STORAGE_FULL', calls: ['read'] }] }
  const log = await adapter.openEventLog({ storage, tables: TABLES, readOnly: false })
  await withLog(
    async () => log,
    async () => {
      const head = await log.openProfile(PROFILE, SETTINGS)
      await committed(log, someOfEverything(head))
      await refused(() => log.read(PROFILE, (snapshot) => snapshot.head()), 'STORAGE_FULL')
    },
  )
})

test.run()
