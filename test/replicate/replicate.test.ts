// One log carried into another: between all databases, whatever was pruned on either side, again and again, while the source
// is written to; and what is reported where it cannot be exact.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { uuidV8FromSha256 } from '../../src/events/ids.js'
import type { CorrectionRequest } from '../../src/ports/correction-types.js'
import type { LogEngine } from '../../src/ports/log-engine.js'
import { recordsOfLines } from '../../src/replicate/ndjson.js'
import { takeRecords } from '../../src/replicate/records.js'
import { compareDigests, replicate } from '../../src/replicate/replicate.js'
import { BACKENDS, MEMORY, MYSQL, POSTGRES, SQLITE } from '../support/backends.js'
import { event, idOf, line } from '../support/engine-logs.js'
import { prune } from '../support/pruned-log.js'
import { requires } from '../support/requires.js'
import { counted, DAY_MS, engineOn, exported, NOW_MS, session, withLogs } from './logs.js'

const [OLD, RECENT, OTHER] = [idOf(1), idOf(2), idOf(3)]
const [A, B] = ['local:/a', 'local:/b']

function correct(engine: LogEngine, number: number, method: CorrectionRequest['method'], ...args: readonly unknown[]) {
  return engine.correct({ method, args, correctionId: uuidV8FromSha256(`command ${number}`) })
}

/** Old and recent sessions of two videos, a correction of each kind, and retention over it. */
async function fill(engine: LogEngine): Promise<void> {
  await engine.append(session(OLD, A, NOW_MS - 100 * DAY_MS, 30))
  await engine.append(session(RECENT, B, NOW_MS - 2 * DAY_MS, 30))
  await engine.append(session(OTHER, B, NOW_MS - 20 * DAY_MS, 30))
  await engine.append(session(idOf(4), 'local:/c', NOW_MS - 3 * DAY_MS, 3))
  await correct(engine, 1, 'mergeVideos', A, B)
  await correct(engine, 2, 'renameVideo', B, { title: '猫と港町' })
  await correct(engine, 3, 'adjustSession', OLD, { measures: { lines: -2, cards: 1 } })
  await correct(engine, 4, 'discardSession', OTHER)
  await correct(engine, 5, 'adjustVideo', { videoKey: B, date: '2026-02-01', measures: { activeMs: 60_000 } })
  await correct(engine, 6, 'eraseSession', idOf(4))
  const { outcome, pruned } = await engine.retain({})
  assert.equal([outcome, pruned.detail, pruned.telemetry], ['retained', 60, 30])
}

async function assertEqual(source: LogEngine, target: LogEngine): Promise<void> {
  const compared = await compareDigests(source, target)
  assert.equal([compared.equal, compared.differing], [compared.streams, []])
  assert.equal(await counted(target), await counted(source))
  assert.equal((await target.verify()).damage, [])
}

const test = suite('replicate')
const withServers = requires(test, ...BACKENDS.flatMap(({ requirements }) => requirements))

withServers('a pruned log with corrections goes round all databases and ends byte for byte where it began', () =>
  withLogs([SQLITE, POSTGRES, MYSQL, SQLITE, MEMORY], async (logs) => {
    const engines = logs.map(({ engine }) => engine)
    const [first] = engines
    if (first === undefined) throw new TypeError('there are five')
    await fill(first)
    for (const [index, target] of engines.entries()) {
      const source = engines[index - 1]
      if (source === undefined) continue
      const report = await replicate(source, target)
      assert.equal([report.overlaps, report.differing, report.sourceMovedOn], [[], [], false])
      assert.ok(report.events > 0 && report.summaries > 0)
      await assertEqual(source, target)
      const again = await replicate(source, target)
      assert.equal([again.events, again.summaries, again.equal], [0, 0, report.streams])
    }
    const lines = await exported(first)
    assert.ok(lines.some((one) => one.startsWith('{"summary"')))
    for (const engine of engines) assert.equal(await exported(engine), lines)
  }),
)

test('an exported log that was pruned comes back complete, also where a part of it is there already', () =>
  withLogs([MEMORY, MEMORY, MEMORY], async ([source, fresh, other]) => {
    if (!source || !fresh || !other) throw new TypeError('there are three')
    await fill(source.engine)
    const lines = await exported(source.engine)
    async function* records() {
      yield* recordsOfLines(
        (async function* () {
          yield* lines
        })(),
      )
    }
    const taken = await takeRecords(records(), fresh.engine)
    assert.ok(taken.summaries > 0)
    assert.equal([taken.settings?.dayStartsAtHour, taken.overlaps], [4, []])
    await assertEqual(source.engine, fresh.engine)
    // A device that has the complete old session, and holds other events.
    await other.engine.append(session(OLD, A, NOW_MS - 100 * DAY_MS, 30))
    await takeRecords(records(), other.engine)
    await assertEqual(source.engine, other.engine)
    const again = await takeRecords(records(), other.engine)
    assert.equal([again.appended, again.summaries], [0, 0])
  }))

test('what each side pruned of a stream is separated where it can be, and reported where it cannot', () =>
  withLogs([MEMORY, MEMORY], async ([left, right]) => {
    if (!left || !right) throw new TypeError('there are two')
    const events = session(OLD, A, NOW_MS - 10 * DAY_MS, 30)
    await left.engine.append(events.slice(0, 40))
    await right.engine.append([...events.slice(0, 1), ...events.slice(20)])
    await prune(left.log, 'default', OLD, (version) => version >= 10 && version < 30)
    await prune(right.log, 'default', OLD, (version) => version >= 25 && version < 50)
    // Left states 10–29; right has lost 25–49, of which left still holds 30–40 and never had 41–49.
    const report = await replicate(left.engine, right.engine)
    assert.equal(report.overlaps, [{ streamId: OLD, versions: '10-20' }])
    assert.equal(report.differing, [])
    assert.equal((await right.engine.verify()).damage, [])
    // A log that has all of it resolves it for both.
    await withLogs([MEMORY], async ([complete]) => {
      if (!complete) throw new TypeError('there is one')
      await complete.engine.append(events)
      for (const { engine } of [left, right]) {
        await replicate(complete.engine, engine)
        await assertEqual(complete.engine, engine)
      }
    })
    assert.equal((await replicate(left.engine, right.engine)).overlaps, [])
  }))

test('what one side erased stays erased on the other, whichever way it is carried', () =>
  withLogs([MEMORY, MEMORY], async ([left, right]) => {
    if (!left || !right) throw new TypeError('there are two')
    const events = session(OLD, A, NOW_MS - 10 * DAY_MS, 5)
    await left.engine.append(events)
    await replicate(left.engine, right.engine)
    await correct(right.engine, 1, 'eraseSession', OLD)
    await replicate(left.engine, right.engine)
    assert.is((await right.engine.analyze('overview')).total.measures.sessions, 0)
    await replicate(right.engine, left.engine)
    assert.is((await left.engine.analyze('overview')).total.measures.sessions, 0)
    await assertEqual(left.engine, right.engine)
  }))

test('erasing a video erases the name that the learner gave it, also on a log that merges it before or after the erasure', async () => {
  // The name is given on the left, which the right does not know; then each learns of the other's in this order.
  for (const [first, second] of [
    ['left', 'right'],
    ['right', 'left'],
  ] as const) {
    await withLogs([SQLITE, MEMORY, MEMORY], async ([left, right, third]) => {
      if (!left || !right || !third) throw new TypeError('there are three')
      const logs = { left: left.engine, right: right.engine }
      for (const [index, engine] of [left.engine, right.engine].entries()) {
        await engine.append(session(idOf(10 + index), A, NOW_MS - 10 * DAY_MS, 2))
        await engine.append(session(idOf(20 + index), B, NOW_MS - 10 * DAY_MS, 2))
      }
      await correct(logs.left, 1, 'renameVideo', A, { title: 'a secret name' })
      await correct(logs.left, 2, 'mergeVideos', A, B)
      await correct(logs.left, 3, 'renameVideo', B, { title: 'a name that stays' })
      // A second later, because an erasure is about what was said before it.
      await correct(await engineOn(right.log, NOW_MS + 1_000), 4, 'eraseVideo', A)
      await replicate(logs[first], third.engine)
      await replicate(logs[second], third.engine)
      await replicate(third.engine, logs.left)
      await replicate(third.engine, logs.right)
      for (const engine of [third.engine, logs.left, logs.right]) {
        const text = (await exported(engine)).join('\n')
        assert.not.match(text, 'a secret name')
        assert.match(text, 'a name that stays')
        await assertEqual(third.engine, engine)
      }
      // Nothing is carried a second time.
      const again = await replicate(logs.left, third.engine)
      assert.equal([again.events, again.summaries], [0, 0])
    })
  }
})

test('a name that the learner gives an erased video later stays', () =>
  withLogs([MEMORY, MEMORY], async ([left, right]) => {
    if (!left || !right) throw new TypeError('there are two')
    await left.engine.append(session(OLD, A, NOW_MS - 10 * DAY_MS, 2))
    await correct(left.engine, 1, 'eraseVideo', A)
    const later = await engineOn(right.log, NOW_MS + DAY_MS)
    await later.append(session(RECENT, A, NOW_MS + DAY_MS, 2))
    await correct(later, 2, 'renameVideo', A, { title: 'seen again' })
    await replicate(left.engine, later)
    assert.match((await exported(later)).join('\n'), 'seen again')
  }))

test('an erasure that names a discard erases nothing, also where the discard never came', () =>
  withLogs([MEMORY, MEMORY], async ([left, right]) => {
    if (!left || !right) throw new TypeError('there are two')
    await left.engine.append(session(OLD, A, NOW_MS - 10 * DAY_MS, 5))
    const { correctionIds } = await correct(left.engine, 1, 'discardSession', OLD)
    const payload = { targetStreamId: correctionIds[0] }
    await right.engine.append([event(OTHER, 1, { type: 'stream.erased', atMs: NOW_MS, payload })])
    await replicate(left.engine, right.engine)
    await replicate(right.engine, left.engine)
    await assertEqual(left.engine, right.engine)
    assert.is((await right.engine.analyze('overview')).total.measures.sessions, 0)
  }))

test('a source that is written to meanwhile: the copy ends, and is equal when the source rests', () =>
  withLogs([SQLITE, SQLITE], async ([source, target]) => {
    if (!source || !target) throw new TypeError('there are two')
    await source.engine.append(session(OLD, A, NOW_MS - 10 * DAY_MS, 500))
    await source.engine.append(session(RECENT, B, NOW_MS - DAY_MS, 1))
    let version = 100
    let writing = true
    const writer = (async () => {
      while (writing) {
        // 200 events a second.
        await source.engine.append([line(RECENT, version++, NOW_MS), line(RECENT, version++, NOW_MS)])
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    })()
    await replicate(source.engine, target.engine)
    writing = false
    await writer
    await replicate(source.engine, target.engine)
    await assertEqual(source.engine, target.engine)
    assert.equal(await exported(target.engine), await exported(source.engine))
  }))

test.run()
