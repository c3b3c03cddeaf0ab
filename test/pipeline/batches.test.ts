// When a batch is cut, what becomes of one that fails, and that time is only waited for while something waits. Time is
// virtual; the database is a function that each test scripts.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createVirtualTime, type VirtualTime } from '../../src/contract/virtual-time.js'
import { BACKEND_DEFAULTS } from '../../src/events/defaults.js'
import { type ErrorCode, ImmersionError } from '../../src/events/errors.js'
import type { VersionedEvent } from '../../src/events/types.js'
import type { Admission } from '../../src/pipeline/admission.js'
import { DiagnosticsRecorder } from '../../src/pipeline/diagnostics.js'
import { Pipeline } from '../../src/pipeline/pipeline.js'
import type { DiagnosticsNotice } from '../../src/ports/diagnostics-types.js'
import { line, lookup, START_MS, started, streamId, tracked } from './events.js'

const test = suite('batches')

interface OpenPipeline {
  readonly admission: Admission
  readonly flush: () => Promise<void>
  readonly stop: () => void
  readonly diagnostics: DiagnosticsRecorder
  readonly time: VirtualTime
  readonly notices: DiagnosticsNotice[]
  /** Every batch that was sent, as versions and streams. */
  readonly sent: (readonly VersionedEvent[])[]
  /** What the database does with the next ones. */
  database: (events: readonly VersionedEvent[]) => Promise<unknown>
  assertBalanced(): void
}

function openPipeline(limits: { maxEvents?: number; backlog?: number } = {}): OpenPipeline {
  const time = createVirtualTime()
  const diagnostics = new DiagnosticsRecorder({
    nowMs: () => START_MS + time.now(),
    depth: () => ({ waiting: sending.admission.waiting, inFlight: sending.admission.inFlight }),
    scheduler: time.scheduler,
  })
  const sending: Pipeline = new Pipeline({
    limits: {
      ...BACKEND_DEFAULTS,
      queueMaxEvents: limits.maxEvents ?? 1000,
      backlogBatchMaxEvents: limits.backlog ?? 1000,
    },
    diagnostics,
    send(events) {
      pipeline.sent.push(events)
      return pipeline.database(events)
    },
    elapsedMs: time.now,
    random: () => 1,
    scheduler: time.scheduler,
    soon: (work) => time.scheduler.schedule(work),
  })
  const { admission } = sending
  const pipeline: OpenPipeline = {
    admission,
    flush: () => sending.flush(),
    stop: () => sending.stop(),
    diagnostics,
    time,
    notices: [],
    sent: [],
    database: async () => undefined,
    assertBalanced() {
      const account = diagnostics.published.snapshot()
      const { acknowledged, waiting, inFlight, summarized, dropped, setAside } = account
      assert.is(account.admitted, acknowledged + waiting + inFlight + summarized + dropped + setAside)
    },
  }
  diagnostics.published.notices.subscribe((notice) => pipeline.notices.push(notice))
  return pipeline
}

function admit(pipeline: OpenPipeline, count: number): void {
  for (let index = 0; index < count; index++) pipeline.admission.admit(lookup(START_MS + index))
}

function failing(code: ErrorCode, details: Record<string, unknown> = {}): () => Promise<never> {
  return async () => {
    throw new ImmersionError(code, `scripted ${code}`, { details })
  }
}

const NEVER = new Promise<never>(() => {})

test('25 events are sent at once, fewer after 500 ms, and in between no timer runs', async () => {
  const pipeline = openPipeline()
  const { time, sent } = pipeline
  assert.is(time.timers, 0)
  admit(pipeline, 25)
  await time.advance(0)
  assert.equal(
    sent.map((batch) => batch.length),
    [25],
  )
  assert.is(time.timers, 0)

  admit(pipeline, 3)
  await time.advance(499)
  assert.is(sent.length, 1)
  await time.advance(1)
  assert.equal(
    sent.map((batch) => batch.length),
    [25, 3],
  )
  assert.is(time.timers, 0)
  assert.is(pipeline.diagnostics.published.snapshot().acknowledged, 28)
})

test('nothing is sent within the call that fills a batch', () => {
  const pipeline = openPipeline()
  admit(pipeline, 30)
  assert.is(pipeline.sent.length, 0)
})

test('versions count from 1 in each stream, in order, and are the same when a batch is sent again', async () => {
  const pipeline = openPipeline()
  pipeline.database = failing('STORAGE_BUSY')
  pipeline.admission.admit(started(1))
  pipeline.admission.admit(started(2))
  pipeline.admission.admit(lookup(START_MS, 1))
  await pipeline.time.advance(500)
  pipeline.database = async () => undefined
  await pipeline.time.advance(1000)
  const versions = pipeline.sent.map((batch) => batch.map(({ event, version }) => `${event.streamId} ${version}`))
  assert.equal(versions[0], [`${streamId(1)} 1`, `${streamId(2)} 1`, `${streamId(1)} 2`])
  assert.equal(versions[1], versions[0])
  admit(pipeline, 1)
  await pipeline.time.advance(500)
  assert.is(pipeline.sent[2]?.[0]?.version, 3)
})

test('a backlog drains in large batches without waiting for timers', async () => {
  const pipeline = openPipeline({ maxEvents: 10_000 })
  let release = () => {}
  const stalled = new Promise<void>((resolve) => {
    release = resolve
  })
  pipeline.database = () => stalled
  admit(pipeline, 5000)
  await pipeline.time.advance(0)
  assert.is(pipeline.sent.length, 4)
  release()
  await pipeline.time.advance(0)
  assert.is(pipeline.diagnostics.published.snapshot().acknowledged, 5000)
  assert.equal(
    pipeline.sent.map((batch) => batch.length),
    [1000, 1000, 1000, 1000, 1000],
  )
})

test('behind two batches only a full one is cut, so that a backlog behind a small queue drains in large ones', async () => {
  const pipeline = openPipeline({ maxEvents: 1000 })
  let release = () => {}
  const stalled = new Promise<void>((resolve) => {
    release = resolve
  })
  pipeline.database = () => stalled
  for (const count of [25, 25, 100, 149]) {
    admit(pipeline, count)
    await pipeline.time.advance(500)
  }
  assert.equal(sizesOf(pipeline), [25, 25])
  admit(pipeline, 1)
  await pipeline.time.advance(0)
  assert.equal(sizesOf(pipeline), [25, 25, 250])
  admit(pipeline, 40)
  await pipeline.time.advance(500)
  assert.is(pipeline.sent.length, 3)
  release()
  await pipeline.time.advance(500)
  assert.equal(sizesOf(pipeline), [25, 25, 250, 40])
  assert.is(pipeline.diagnostics.published.snapshot().acknowledged, 340)
})

test('behind batches that are tried again small ones are cut as well', async () => {
  const pipeline = openPipeline()
  pipeline.database = failing('STORAGE_FAILED')
  for (let batch = 0; batch < 3; batch++) {
    admit(pipeline, 25)
    await pipeline.time.advance(0)
  }
  const versions = pipeline.sent.map(([first]) => first?.version)
  assert.equal(versions, [1, 26, 51])
})

test('at most half of the places are in flight, so a stalled database leaves room for what is new', async () => {
  const pipeline = openPipeline()
  pipeline.database = () => NEVER
  for (let turn = 0; turn < 50; turn++) {
    admit(pipeline, 100)
    await pipeline.time.advance(0)
  }
  const { waiting, inFlight, summarized } = pipeline.diagnostics.published.snapshot()
  assert.ok(inFlight > 0 && inFlight <= 500, `${inFlight} in flight`)
  assert.is(waiting + inFlight, 1000)
  assert.is(summarized, 5000 - 1000)
  pipeline.assertBalanced()
})

test('a failed batch is tried again, ever later up to five seconds, and is reported', async () => {
  const pipeline = openPipeline()
  pipeline.database = failing('STORAGE_UNAVAILABLE')
  admit(pipeline, 2)
  await pipeline.time.advance(60_000)
  const retries = pipeline.notices.filter((notice) => notice.kind === 'retry')
  assert.equal(
    retries.slice(0, 8).map(({ delayMs }) => delayMs),
    [100, 200, 400, 800, 1600, 3200, 5000, 5000],
  )
  const during = pipeline.diagnostics.published.snapshot()
  assert.is(during.state, 'retrying')
  assert.is(during.lastError?.code, 'STORAGE_UNAVAILABLE')
  assert.is(during.retries, retries.length)
  pipeline.assertBalanced()

  pipeline.database = async () => undefined
  await pipeline.time.advance(5000)
  const after = pipeline.diagnostics.published.snapshot()
  assert.is(after.state, 'ok')
  assert.is(after.acknowledged, 2)
  assert.is(pipeline.time.timers, 0)
})

test('a success makes what else waits for its next try go at once', async () => {
  const pipeline = openPipeline()
  pipeline.database = failing('STORAGE_BUSY')
  admit(pipeline, 1)
  await pipeline.time.advance(20_000)
  pipeline.database = async () => undefined
  const sentBefore = pipeline.sent.length
  admit(pipeline, 25)
  await pipeline.time.advance(0)
  assert.is(pipeline.sent.length, sentBefore + 2)
  assert.is(pipeline.diagnostics.published.snapshot().acknowledged, 26)
})

test('an event that is refused by name is recorded without its payload, and the rest goes on', async () => {
  const pipeline = openPipeline()
  pipeline.database = async (events) => {
    const poison = events.find(({ event }) => event.payload?.text === 'poison')
    if (poison) await failing('EVENT_REFUSED', { streamId: poison.event.streamId, version: poison.version })()
  }
  pipeline.admission.admit(line('a'))
  pipeline.admission.admit({ ...line('poison', { lines: 1 }), countIn: 'en' })
  pipeline.admission.admit(line('b'))
  await pipeline.time.advance(500)
  const { acknowledged, setAside, setAsideEvents, state } = pipeline.diagnostics.published.snapshot()
  assert.equal([acknowledged, setAside, state], [2, 1, 'ok'])
  assert.is(setAsideEvents[0]?.event.payload?.text, 'poison')
  assert.is(setAsideEvents[0]?.event.version, 2)
  assert.is(setAsideEvents[0]?.recordedWithoutPayload, true)
  assert.is(setAsideEvents[0]?.error.code, 'EVENT_REFUSED')
  const recorded = pipeline.sent.at(-1)?.[0]
  assert.equal([recorded?.version, recorded?.event.payload], [2, null])
  assert.equal(recorded?.event.measures, { lines: 1, chars: 6, words: 1 })
  pipeline.assertBalanced()
})

test('an event that is refused without a name is found, and one that is refused even bare leaves a hole', async () => {
  const pipeline = openPipeline()
  pipeline.database = async (events) => {
    if (events.some(({ version }) => version === 7)) await failing('EVENT_REFUSED')()
  }
  admit(pipeline, 20)
  await pipeline.time.advance(500)
  const { acknowledged, setAside, setAsideEvents } = pipeline.diagnostics.published.snapshot()
  assert.equal([acknowledged, setAside], [19, 1])
  assert.equal(
    setAsideEvents.map(({ event, recordedWithoutPayload }) => [event.version, recordedWithoutPayload]),
    [[7, false]],
  )
  pipeline.assertBalanced()
})

test('a version that is stored with other content is set aside and not written over', async () => {
  const pipeline = openPipeline()
  pipeline.database = async (events) => {
    const conflict = events.find(({ version }) => version === 2)
    if (conflict) await failing('VERSION_CONFLICT', { streamId: streamId(1), version: 2 })()
  }
  admit(pipeline, 3)
  await pipeline.time.advance(500)
  assert.equal(
    pipeline.sent.map((batch) => batch.map(({ version }) => version)),
    [
      [1, 2, 3],
      [1, 3],
    ],
  )
  assert.is(pipeline.diagnostics.published.snapshot().setAside, 1)
})

test('an event that meets a defect is set aside after three tries, with the stack, and the rest gets through', async () => {
  const pipeline = openPipeline()
  pipeline.database = async (events) => {
    if (events.some(({ event }) => event.payload?.text === 'poison')) throw new TypeError('cannot read null')
  }
  admit(pipeline, 10)
  pipeline.admission.admit(line('poison'))
  admit(pipeline, 10)
  await pipeline.time.advance(5_000)
  assert.is(pipeline.sent.filter((batch) => batch.length === 21).length, 3)
  const { acknowledged, setAside, setAsideEvents, state } = pipeline.diagnostics.published.snapshot()
  assert.equal([acknowledged, setAside, state], [20, 1, 'ok'])
  assert.is(setAsideEvents[0]?.recordedWithoutPayload, true)
  assert.is(setAsideEvents[0]?.error.code, 'INTERNAL')
  assert.match(setAsideEvents[0]?.error.stack ?? '', 'batches.test')
  pipeline.assertBalanced()
})

test('a defect in one version is found without halting other batches, and even bare it is not tried again', async () => {
  const pipeline = openPipeline()
  pipeline.database = async (events) => {
    if (events.some(({ version }) => version === 7)) throw new RangeError('no such version')
  }
  admit(pipeline, 25)
  pipeline.admission.admit(line('later'))
  await pipeline.time.advance(5_000)
  const { acknowledged, setAsideEvents } = pipeline.diagnostics.published.snapshot()
  assert.is(acknowledged, 25)
  assert.equal(
    setAsideEvents.map(({ event, recordedWithoutPayload }) => [event.version, recordedWithoutPayload]),
    [[7, false]],
  )
})

test('a defect that every event meets ends with all of them set aside, and flush resolves', async () => {
  const pipeline = openPipeline()
  pipeline.database = async () => {
    throw new TypeError('cannot read null')
  }
  admit(pipeline, 60)
  pipeline.admission.admit(line('a text'))
  const flushed = pipeline.flush()
  await pipeline.time.advance(10_000)
  await flushed
  const { acknowledged, setAside, waiting, inFlight } = pipeline.diagnostics.published.snapshot()
  assert.equal([acknowledged, setAside, waiting, inFlight], [0, 61, 0, 0])
  pipeline.database = async () => undefined
  admit(pipeline, 1)
  await pipeline.time.advance(500)
  assert.is(pipeline.diagnostics.published.snapshot().acknowledged, 1)
  pipeline.assertBalanced()
})

test('a defect that goes away within three tries sets nothing aside', async () => {
  const pipeline = openPipeline()
  let triesLeft = 2
  pipeline.database = async () => {
    if (triesLeft-- > 0) throw new TypeError('cannot read null')
  }
  admit(pipeline, 25)
  await pipeline.time.advance(5_000)
  const { acknowledged, setAside, retries } = pipeline.diagnostics.published.snapshot()
  assert.equal([acknowledged, setAside, retries], [25, 0, 2])
})

test('an event that a database fails for while others are written is found and set aside', async () => {
  const pipeline = openPipeline()
  pipeline.database = async (events) => {
    if (events.some(({ event }) => event.payload?.text === 'poison')) await failing('STORAGE_FAILED')()
  }
  admit(pipeline, 10)
  pipeline.admission.admit(line('poison'))
  admit(pipeline, 10)
  await pipeline.time.advance(60_000)
  const { acknowledged, setAside, setAsideEvents, state } = pipeline.diagnostics.published.snapshot()
  assert.equal([acknowledged, setAside, state], [20, 1, 'ok'])
  assert.is(setAsideEvents[0]?.recordedWithoutPayload, true)
})

test('a database that fails for everything makes nothing be set aside, for however long', async () => {
  const pipeline = openPipeline()
  pipeline.database = failing('STORAGE_FAILED')
  admit(pipeline, 60)
  await pipeline.time.advance(3_600_000)
  assert.is(pipeline.diagnostics.published.snapshot().setAside, 0)
  pipeline.database = async () => undefined
  await pipeline.time.advance(5000)
  const { acknowledged, state } = pipeline.diagnostics.published.snapshot()
  assert.equal([acknowledged, state], [60, 'ok'])
})

test('flush sends what waits without a timer and resolves when every event before it is delivered', async () => {
  const pipeline = openPipeline()
  let release = () => {}
  pipeline.database = () =>
    new Promise<void>((resolve) => {
      release = resolve
    })
  admit(pipeline, 3)
  let flushed = false
  void pipeline.flush().then(() => {
    flushed = true
  })
  await pipeline.time.advance(0)
  assert.is(pipeline.sent.length, 1)
  assert.is(flushed, false)
  admit(pipeline, 1)
  release()
  await pipeline.time.advance(0)
  assert.is(flushed, true)
  assert.is(pipeline.admission.waiting, 1)
})

test('flush of nothing resolves at once, and while a write is tried again it is tried now', async () => {
  const pipeline = openPipeline()
  await pipeline.flush()
  pipeline.database = failing('STORAGE_BUSY')
  admit(pipeline, 1)
  await pipeline.time.advance(30_000)
  pipeline.database = async () => undefined
  await Promise.all([pipeline.flush(), pipeline.time.advance(0)])
  assert.is(pipeline.diagnostics.published.snapshot().acknowledged, 1)
})

test('note ids that do not fit one payload become further events with versions of their own', async () => {
  const pipeline = openPipeline()
  const noteIds = Array.from({ length: 100 }, (_, index) => 1_700_000_000_000 + index)
  pipeline.admission.admit(tracked({ type: 'card.mined', measures: { cards: 100 }, payload: { noteIds } }))
  await pipeline.time.advance(500)
  const [batch = []] = pipeline.sent
  assert.ok(batch.length > 1)
  assert.equal(
    batch.map(({ version }) => version),
    batch.map((_, index) => index + 1),
  )
  assert.equal(
    batch.flatMap(({ event }) => event.payload?.noteIds),
    noteIds,
  )
  pipeline.assertBalanced()
  assert.is(pipeline.admission.inFlight, 0)
})

test('after stop nothing is sent and no timer is left', async () => {
  const pipeline = openPipeline()
  pipeline.database = failing('STORAGE_BUSY')
  admit(pipeline, 30)
  await pipeline.time.advance(0)
  admit(pipeline, 5)
  pipeline.stop()
  const sent = pipeline.sent.length
  await pipeline.time.advance(60_000)
  assert.is(pipeline.sent.length, sent)
  assert.is(pipeline.time.timers, 0)
  pipeline.assertBalanced()
})

function sizesOf({ sent }: Pick<ReturnType<typeof openPipeline>, 'sent'>): readonly number[] {
  return sent.map((batch) => batch.length)
}

test.run()
