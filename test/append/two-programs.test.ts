// Two programs on one log, as two processes have it: each remembers a state that the other has changed, and one of them does
// not know a projection that the other knows.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { defineProjection } from '../../src/ports/projection.js'
import { BUILT_IN_PROJECTIONS } from '../support/built-in-projections.js'
import {
  idOf,
  line,
  MINUTE_MS,
  onEachBackend,
  type Program,
  START_DAY,
  START_MS,
  started,
} from '../support/engine-logs.js'

const test = suite('two programs on one log')

const A = idOf(1)
const B = idOf(2)

const byHour = defineProjection({
  name: 'by_hour',
  version: 1,
  key: { hour: 'integer' },
  keyOf: (entry, _stream, calendar) => ({ hour: calendar.hourOf(entry) }),
})

async function foldedUpToHead(program: Program): Promise<boolean> {
  return program.read(async (snapshot) => (await snapshot.head()).projections.includes('by_hour@1'))
}

test('appends of two programs in turn are both counted, also into one stream and one video', async () => {
  await onEachBackend(async (backend) => {
    const first = await backend.open()
    const second = await backend.open()
    await first.append([started(A, 1, 'local:/a', 'ja')])
    await second.append([started(B, 1, 'local:/a', 'ja')])
    for (let version = 2; version <= 6; version++) {
      const [one, other] = version % 2 === 0 ? [first, second] : [second, first]
      await one.append([line(A, version, START_MS + version * MINUTE_MS)])
      await other.append([
        line(B, version, START_MS + version * MINUTE_MS),
        line(A, version, START_MS + version * MINUTE_MS),
      ])
    }
    assert.equal(await first.rows('calendar'), { [`${START_DAY} ja`]: { sessions: 2, lines: 10, chars: 100 } })
    const [video] = await second.read((snapshot) => snapshot.videos({}))
    assert.is(video?.lastSeenAtMs, START_MS + 6 * MINUTE_MS)
    assert.ok((await first.verify()).ok)
  })
})

test('a program that remembers a video that another has extended since does not shorten it', async () => {
  await onEachBackend(async (backend) => {
    const first = await backend.open()
    const second = await backend.open()
    await first.append([started(A, 1, 'local:/a')])
    await second.append([line(A, 2, START_MS + 50 * MINUTE_MS)])
    await first.append([line(A, 3, START_MS + 10 * MINUTE_MS)])
    const [video] = await first.read((snapshot) => snapshot.videos({}))
    assert.is(video?.lastSeenAtMs, START_MS + 50 * MINUTE_MS)
    assert.ok((await second.verify()).ok)
  })
})

test('appends of two programs at the same moment are all recorded', async () => {
  await onEachBackend(async (backend) => {
    const programs = [await backend.open(), await backend.open()]
    const appends: Promise<unknown>[] = []
    for (let version = 1; version <= 20; version++) {
      programs.forEach((program, index) => {
        const id = idOf(10 + index)
        appends.push(program.append([version === 1 ? started(id, 1, 'local:/a') : line(id, version)]))
      })
    }
    await Promise.all(appends)
    const positions = await (programs[0] as Program).read((snapshot) => snapshot.events({ after: 0, limit: 100 }))
    assert.equal(
      positions.map(({ position }) => position),
      Array.from({ length: 40 }, (_, index) => index + 1),
    )
    assert.ok((await (programs[1] as Program).verify()).ok)
  })
})

test('a projection that another program does not know is left behind by its appends, and exact when it is opened again', async () => {
  await onEachBackend(async (backend) => {
    const knowing = await backend.open([...BUILT_IN_PROJECTIONS, byHour])
    const plain = await backend.open()
    await knowing.append([started(A, 1, 'local:/a'), line(A, 2)])
    assert.ok(await foldedUpToHead(knowing))
    await plain.append([line(A, 3)])
    assert.not(await foldedUpToHead(knowing))
    // The one that knows it does not add to rows that are old.
    await knowing.append([line(A, 4)])
    assert.not(await foldedUpToHead(knowing))
    assert.ok((await knowing.verify()).ok)
    const again = await backend.open([...BUILT_IN_PROJECTIONS, byHour])
    assert.ok(await foldedUpToHead(again))
    assert.equal(await again.rows('by_hour'), { '10 und': { sessions: 1, lines: 3, chars: 30 } })
    assert.ok((await again.verify()).ok)
    // And from now on both that know it keep it so.
    await knowing.append([line(A, 5)])
    await again.append([line(A, 6)])
    assert.equal(await knowing.rows('by_hour'), { '10 und': { sessions: 1, lines: 5, chars: 50 } })
    assert.ok((await knowing.verify()).ok)
  })
})

test('a rebuild by a program that does not know a projection leaves it as good as it was', async () => {
  await onEachBackend(async (backend) => {
    const knowing = await backend.open([...BUILT_IN_PROJECTIONS, byHour])
    const plain = await backend.open()
    await knowing.append([started(A, 1, 'local:/a'), line(A, 2)])
    await plain.rebuild()
    await plain.rebuild({ fromLog: true })
    assert.ok(await foldedUpToHead(knowing), 'its rows are still right')
    assert.ok((await knowing.verify()).ok)
    await plain.rebuild({ settings: { dayStartsAtHour: 6 } })
    assert.not(await foldedUpToHead(knowing), 'days are others now')
  })
})

test('a program open before another set the start of the day follows it', async () => {
  await onEachBackend(async (backend) => {
    const first = await backend.open()
    const second = await backend.open()
    await first.append([started(A, 1, 'local:/a')])
    await second.rebuild({ settings: { dayStartsAtHour: 12 } })
    await first.append([line(A, 2)])
    assert.equal(Object.keys(await first.rows('calendar')), [`${START_DAY - 1} und`])
    assert.ok((await first.verify()).ok)
  })
})

test.run()
