// The log engine: what it adds to append, rebuild and verify. Events by position, export in pages, settings, and answers
// that never come from rows left behind.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createLogEngine } from '../../src/engine/engine.js'
import { ImmersionError } from '../../src/events/errors.js'
import type { NewEvent } from '../../src/events/types.js'
import type { EventLog } from '../../src/ports/event-log.js'
import type { LogEngine } from '../../src/ports/log-engine.js'
import { defineProjection, type Projection, projectionId } from '../../src/ports/projection.js'
import { BUILT_IN_PROJECTIONS } from '../support/built-in-projections.js'
import {
  type Backend,
  idOf,
  line,
  MINUTE_MS,
  onEachBackend,
  PROFILE,
  START_DAY,
  START_MS,
  started,
} from '../support/engine-logs.js'

const test = suite('log engine')

const byHour = defineProjection({
  name: 'by_hour',
  version: 1,
  key: { hour: 'integer' },
  keyOf: (entry, _stream, calendar) => ({ hour: calendar.hourOf(entry) }),
})

async function engineOn(
  backend: Backend,
  projections: readonly Projection[] = BUILT_IN_PROJECTIONS,
): Promise<LogEngine> {
  return engineOver(await backend.openLog(projections), projections)
}

async function engineOver(log: EventLog, projections: readonly Projection[]): Promise<LogEngine> {
  const clock = { nowMs: () => START_MS, utcOffsetMin: () => 0 }
  return createLogEngine({ log, profile: PROFILE, settings: { dayStartsAtHour: 4 }, projections, clock })
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const outcome = await work.catch((error: unknown) => error)
  return outcome instanceof ImmersionError ? outcome.code : 'none'
}

async function exported(engine: LogEngine, limit: number): Promise<readonly NewEvent[]> {
  const events: NewEvent[] = []
  for (;;) {
    const last = events[events.length - 1]
    const page = await engine.exportPage({
      afterStreamId: last?.streamId ?? '',
      afterVersion: last?.version ?? 0,
      limit,
    })
    events.push(...page)
    if (page.length < limit) return events
  }
}

test('events come by position in bounded pages, each once', async () => {
  await onEachBackend(async (backend) => {
    const engine = await engineOn(backend)
    const events = [
      started(idOf(2), 1, 'local:/b'),
      started(idOf(1), 1, 'local:/a'),
      line(idOf(2), 2),
      line(idOf(1), 2),
    ]
    const { asOfRevision } = await engine.append(events)
    const first = await engine.events({ after: 0, limit: 3 })
    assert.equal(
      first.events,
      events.slice(0, 3).map((one, index) => ({ ...one, position: index + 1 })),
    )
    assert.equal([first.lastPosition, first.asOfRevision], [3, asOfRevision])
    const rest = await engine.events({ after: first.lastPosition, limit: 3 })
    assert.equal(rest.events, [{ ...events[3], position: 4 }])
    const none = await engine.events({ after: 4, limit: 3 })
    assert.equal([none.events, none.lastPosition], [[], 4])
    assert.is(await codeOf(engine.events({ after: 0, limit: 10_001 })), 'INVALID_ARGUMENT')
    assert.is(await codeOf(engine.events({ after: -1, limit: 1 })), 'INVALID_ARGUMENT')
  })
})

test('export is ordered by stream and version, the same in pages of any size, and from any order of arrival', async () => {
  const streams = [3, 1, 2].map((number) => [
    started(idOf(number), 1, 'local:/a'),
    ...[2, 3, 4, 5].map((version) => line(idOf(number), version)),
  ])
  const ordered = [streams[1], streams[2], streams[0]].flat()
  const arrivals = [streams.flat(), [...streams.flat()].reverse()]
  for (const arrival of arrivals) {
    await onEachBackend(async (backend) => {
      const engine = await engineOn(backend)
      assert.equal(await exported(engine, 4), [])
      for (const one of arrival) await engine.append([one])
      for (const limit of [1, 4, 5, 15, 100]) assert.equal(await exported(engine, limit), ordered)
    })
  }
})

test('a page of the export sees what was appended since the page before', async () => {
  await onEachBackend(async (backend) => {
    const engine = await engineOn(backend)
    const [a, b] = [idOf(1), idOf(2)]
    await engine.append([started(a, 1, 'local:/a'), line(a, 3)])
    const first = await engine.exportPage({ afterStreamId: '', afterVersion: 0, limit: 1 })
    assert.equal(
      first.map(({ version }) => version),
      [1],
    )
    await engine.append([line(a, 2), started(b, 1, 'local:/b')])
    const rest = await engine.exportPage({ afterStreamId: a, afterVersion: 1, limit: 10 })
    assert.equal(
      rest.map(({ streamId, version }) => [streamId, version]),
      [
        [a, 2],
        [a, 3],
        [b, 1],
      ],
    )
  })
})

test('what is exported imports into an empty log and gives the same rows and the same export', async () => {
  await onEachBackend(async (backend) => {
    const engine = await engineOn(backend)
    const [a, b] = [idOf(1), idOf(2)]
    await engine.append([line(b, 2, START_MS + 5 * MINUTE_MS), started(a, 1, 'local:/a', 'ja'), line(a, 2)])
    await engine.append([started(b, 1, 'local:/a', 'en'), line(a, 4)])
    const events = await exported(engine, 2)
    await onEachBackend(async (other) => {
      const copy = await engineOn(other)
      await copy.append(events)
      assert.equal(await exported(copy, 3), events)
      for (const { name } of BUILT_IN_PROJECTIONS) {
        const query = { projection: `${name}@1` }
        assert.equal((await copy.analyze('rows', query)).rows, (await engine.analyze('rows', query)).rows)
      }
    })
  })
})

test('settings are the profile’s: configured once, read by every program, and refused outside their range', async () => {
  await onEachBackend(async (backend) => {
    const engine = await engineOn(backend)
    await engine.append([started(idOf(1), 1, 'local:/a')])
    assert.equal((await engine.settings()).dayStartsAtHour, 4)
    const report = await engine.configure({ dayStartsAtHour: 12 })
    assert.equal(report.changed['calendar@1'], { added: 1, removed: 1, corrected: 0 })
    const other = await engineOn(backend)
    assert.equal((await other.settings()).dayStartsAtHour, 12)
    const { rows, asOfRevision } = await other.analyze('rows', { projection: 'calendar@1' })
    assert.equal(
      rows.map(({ key }) => key),
      [{ localDay: START_DAY - 1, language: 'und' }],
    )
    assert.is(asOfRevision, report.asOfRevision)
    assert.is(await codeOf(engine.configure({ dayStartsAtHour: 13 })), 'INVALID_ARGUMENT')
    assert.is(await codeOf(engine.configure({ dayStartsAtHour: 1.5 })), 'INVALID_ARGUMENT')
    assert.equal((await engine.settings()).dayStartsAtHour, 12)
  })
})

test('a query about a projection that another program left behind is answered from rebuilt rows', async () => {
  await onEachBackend(async (backend) => {
    const knowing = await engineOn(backend, [...BUILT_IN_PROJECTIONS, byHour])
    const plain = await engineOn(backend)
    await knowing.append([started(idOf(1), 1, 'local:/a'), line(idOf(1), 2)])
    await plain.append([line(idOf(1), 3)])
    const { rows } = await knowing.analyze('rows', { projection: 'by_hour@1' })
    assert.equal(
      rows.map(({ key, measures }) => [key.hour, measures.lines]),
      [[10, 2]],
    )
    await knowing.append([line(idOf(1), 4)])
    assert.ok((await knowing.verify()).ok)
    assert.is(await codeOf(plain.analyze('rows', { projection: 'by_hour@1' })), 'UNKNOWN_PROJECTION')
  })
})

test('the read models of a profile are listed, with those of other programs and those that are behind', async () => {
  await onEachBackend(async (backend) => {
    const builtIn = BUILT_IN_PROJECTIONS.map(projectionId)
    const knowing = await engineOn(backend, [...BUILT_IN_PROJECTIONS, byHour])
    const plain = await engineOn(backend)
    const stateIn = async (engine: LogEngine) => {
      const models = await engine.readModels()
      assert.equal(
        models.map(({ id }) => id),
        [...builtIn, 'by_hour@1'].sort(),
      )
      return models.find(({ id }) => id === 'by_hour@1')
    }
    assert.equal(await stateIn(plain), { id: 'by_hour@1', isKnown: false, isUpToDate: true })
    await plain.append([started(idOf(1), 1, 'local:/a')])
    assert.equal(await stateIn(knowing), { id: 'by_hour@1', isKnown: true, isUpToDate: false })
    await knowing.analyze('rows', { projection: 'by_hour@1' })
    assert.equal(await stateIn(knowing), { id: 'by_hour@1', isKnown: true, isUpToDate: true })
  })
})

test('a log open for reading only is verified and exported though a projection of it was left behind', async () => {
  await onEachBackend(async (backend) => {
    const known = [...BUILT_IN_PROJECTIONS, byHour]
    await engineOn(backend, known)
    const plain = await engineOn(backend)
    await plain.append([started(idOf(1), 1, 'local:/a')])
    const reading = await engineOver(await backend.openLog(known, true), known)
    assert.ok((await reading.verify()).ok)
    assert.is((await exported(reading, 10)).length, 1)
    assert.is((await reading.analyze('rows', { projection: 'videos@1' })).rows.length, 1)
    assert.is(await codeOf(reading.analyze('rows', { projection: 'by_hour@1' })), 'STORAGE_READ_ONLY')
  })
})

test('one projection is rebuilt by its name or its id, and an unknown one is refused', async () => {
  await onEachBackend(async (backend) => {
    const engine = await engineOn(backend)
    assert.equal(Object.keys((await engine.rebuild({ projection: 'daily' })).changed), ['daily@1'])
    assert.equal(Object.keys((await engine.rebuild({ projection: 'daily@1' })).changed), ['daily@1'])
    assert.is(await codeOf(engine.rebuild({ projection: 'weekly' })), 'UNKNOWN_PROJECTION')
  })
})

test('verify tells how far it is', async () => {
  await onEachBackend(async (backend) => {
    const engine = await engineOn(backend)
    await engine.append([started(idOf(1), 1, 'local:/a'), line(idOf(1), 2)])
    const seen: unknown[] = []
    assert.ok((await engine.verify({ onProgress: (progress) => seen.push(progress) })).ok)
    assert.equal(seen, [{ done: 2, total: 2 }])
  })
})

test('a closed engine refuses, and closing it again does no harm', async () => {
  await onEachBackend(async (backend) => {
    const engine = await engineOn(backend)
    await engine.close()
    await engine.close()
    assert.is(await codeOf(engine.append([line(idOf(1), 1)])), 'STORE_CLOSED')
    assert.is(await codeOf(engine.analyze('overview')), 'STORE_CLOSED')
  })
})

test('a projection that fails stops neither recording nor opening, and queries of its rows get its error', async () => {
  await onEachBackend(async (backend) => {
    const failing = defineProjection({
      ...byHour,
      keyOf(_entry, { language }) {
        if (language === 'ko') throw new RangeError('no Korean')
        return { hour: 1 }
      },
    })
    const engine = await engineOn(backend, [...BUILT_IN_PROJECTIONS, failing])
    await engine.append([started(idOf(1), 1, 'local:/a', 'ja')])
    assert.is((await engine.analyze('rows', { projection: 'by_hour@1' })).rows.length, 1)
    await engine.append([started(idOf(2), 1, 'local:/a', 'ko')])
    await engine.append([line(idOf(2), 2)])
    assert.equal((await engine.analyze('rows', { projection: 'videos@1' })).rows.length, 2)
    assert.is(await codeOf(engine.analyze('rows', { projection: 'by_hour@1' })), 'INVALID_ARGUMENT')
    assert.ok((await engine.verify()).ok)
    const again = await engineOn(backend, [...BUILT_IN_PROJECTIONS, failing])
    assert.is((await again.append([line(idOf(2), 3)])).appended, 1)
    assert.is(await codeOf(again.rebuild({})), 'INVALID_ARGUMENT')
  })
})

test('a projection that cannot be one is refused when the log is opened', async () => {
  await onEachBackend(async (backend) => {
    const log = await backend.openLog(BUILT_IN_PROJECTIONS)
    const clock = { nowMs: () => START_MS, utcOffsetMin: () => 0 }
    const opening = (projection: Partial<Projection>) =>
      codeOf(
        createLogEngine({
          log,
          profile: PROFILE,
          settings: { dayStartsAtHour: 4 },
          projections: [...BUILT_IN_PROJECTIONS, { ...byHour, ...projection }],
          clock,
        }),
      )
    assert.is(await opening({ name: 'By Hour' }), 'INVALID_ARGUMENT')
    assert.is(await opening({ name: 'daily' }), 'INVALID_ARGUMENT')
    assert.is(await opening({ version: 0 }), 'INVALID_ARGUMENT')
    assert.is(await opening({ key: {} }), 'INVALID_ARGUMENT')
    assert.is(await opening({ key: { language: 'text' } }), 'INVALID_ARGUMENT')
    assert.is(await opening({ key: { lines: 'integer' } }), 'INVALID_ARGUMENT')
    assert.is(await opening({ indexes: [['day']] }), 'INVALID_ARGUMENT')
  })
})

test.run()
