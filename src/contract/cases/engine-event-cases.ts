// Contract cases of appending and reading events through the engine: identity, repetition, conflict, coverage, paging,
// export and import.

import assert from 'node:assert/strict'
import type { NewEvent } from '../../events/types.js'
import { numbersTo, refused } from './contract-case.js'
import {
  allRows,
  appendBoth,
  assertSound,
  type ContractEngine,
  type EngineCase,
  exported,
  FIRST_ID,
  firstSession,
  onEngine,
  rowsOf,
  secondSession,
  withEngine,
} from './engine-case.js'

async function eventsAfter(engine: ContractEngine, after: number, limit = 1000) {
  return (await engine.events({ after, limit })).events
}

function appendedBy(answers: readonly { readonly appended: number }[]): number {
  return answers.reduce((sum, { appended }) => sum + appended, 0)
}

const eventCase = onEngine('Event')
const sharedLogCase = onEngine('Event', 'second-opening')

export const engineEventCases: readonly EngineCase[] = [
  eventCase('appended events are read back as they were, with positions from 1 in order', async (engine) => {
    const events = firstSession()
    const { appended, present, position, asOfRevision } = await engine.append(events)
    assert.deepEqual([appended, present, position], [15, 0, 15])
    const page = await engine.events({ after: 0, limit: 1000 })
    assert.deepEqual(
      page.events,
      events.map((event, index) => ({ ...event, position: index + 1 })),
    )
    assert.deepEqual([page.lastPosition, page.asOfRevision], [15, asOfRevision])
  }),

  eventCase('each page of events continues after the last position, and the last page is empty', async (engine) => {
    await appendBoth(engine)
    const seen: number[] = []
    for (let after = 0; ; ) {
      const page = await engine.events({ after, limit: 7 })
      assert.ok(page.events.length <= 7)
      if (page.events.length === 0) {
        assert.equal(page.lastPosition, 20)
        break
      }
      seen.push(...page.events.map(({ position }) => position))
      after = page.lastPosition
    }
    assert.deepEqual(seen, numbersTo(20))
  }),

  eventCase('an event appended again is a no-op, alone or in a batch with new ones', async (engine) => {
    const events = firstSession()
    const first = await engine.append(events.slice(0, 9))
    const rows = await allRows(engine)
    assert.deepEqual(await engine.append(events.slice(0, 9)), { ...first, appended: 0, present: 9 })
    assert.deepEqual(await allRows(engine), rows)
    const rest = await engine.append(events)
    assert.deepEqual([rest.appended, rest.present, rest.position], [6, 9, 15])
    assert.equal((await eventsAfter(engine, 0)).length, 15)
  }),

  eventCase('other content under a stored version is refused, and its batch writes nothing', async (engine) => {
    const events = firstSession()
    await engine.append(events.slice(0, 5))
    const rows = await allRows(engine)
    const [, , , line] = events
    const other = { ...(line as NewEvent), checksum: ((line as NewEvent).checksum + 1) % 2 ** 32 }
    const error = await refused(() => engine.append([events[5] as NewEvent, other]), 'VERSION_CONFLICT')
    assert.deepEqual([error.details.streamId, error.details.version], [FIRST_ID, 4])
    assert.deepEqual(await allRows(engine), rows)
    assert.equal((await eventsAfter(engine, 0)).length, 5)
    await engine.append(events)
    await assertSound(engine)
  }),

  eventCase('versions that arrive late fill their gaps and count once', async (engine, open) => {
    const events = firstSession()
    const odd = events.filter(({ version }) => version % 2 === 1)
    const even = events.filter(({ version }) => version % 2 === 0)
    assert.equal((await engine.append(odd)).appended, 8)
    assert.equal((await engine.append([...even].reverse())).appended, 7)
    assert.equal((await engine.append(events)).appended, 0)
    await assertSound(engine)
    await withEngine(open, { log: 'in order' }, async (inOrder) => {
      await inOrder.append(events)
      assert.deepEqual(await allRows(engine), await allRows(inOrder))
    })
  }),

  eventCase('any split into batches gives the same rows', async (engine, open) => {
    await appendBoth(engine)
    await withEngine(open, { log: 'one by one' }, async (slow) => {
      const [first, second] = [firstSession(), secondSession()]
      for (let index = 0; index < first.length; index++) {
        for (const event of [second[index], first[index]]) if (event) await slow.append([event])
      }
      assert.deepEqual(await allRows(slow), await allRows(engine))
      assert.equal((await eventsAfter(slow, 0)).length, 20)
      await assertSound(slow)
    })
  }),

  eventCase('an empty append changes nothing', async (engine) => {
    const first = await engine.append(firstSession())
    assert.deepEqual(await engine.append([]), { ...first, appended: 0, present: 0 })
  }),

  eventCase('concurrent appends are all recorded', async (engine) => {
    const events = [...firstSession(), ...secondSession()]
    const answers = await Promise.all(events.map((event) => engine.append([event])))
    assert.equal(appendedBy(answers), 20)
    const positions = (await eventsAfter(engine, 0)).map(({ position }) => position)
    assert.deepEqual(positions, numbersTo(20))
    await assertSound(engine)
  }),

  sharedLogCase(
    'two programs append to one log: positions stay consecutive, every event counts once',
    async (engine, open) => {
      await withEngine(open, {}, async (other) => {
        const events = [...firstSession(), ...secondSession()]
        const answers = await Promise.all(events.flatMap((event) => [engine.append([event]), other.append([event])]))
        assert.equal(appendedBy(answers), 20)
        const positions = (await eventsAfter(other, 0)).map(({ position }) => position)
        assert.deepEqual(positions, numbersTo(20))
        assert.equal((await rowsOf(engine, 'videos@1'))['local:/b.mkv en']?.lines, 2)
        await assertSound(other)
      })
    },
  ),

  eventCase('an export is ordered by stream and version, and imports into an equal log', async (engine, open) => {
    await engine.append([...secondSession()].reverse())
    await engine.append(firstSession())
    const events = await exported(engine)
    assert.deepEqual(events, [...firstSession(), ...secondSession()])
    await withEngine(open, { log: 'imported' }, async (imported) => {
      await imported.append(events)
      assert.deepEqual(await exported(imported), events)
      assert.deepEqual(await allRows(imported), await allRows(engine))
    })
  }),
]
