// Contract cases of BACKEND_DEFAULTS: the numbers themselves, and a pipeline over this backend that keeps them. The pipeline's
// time is virtual. The backend is real, so its writes take none of that time.

import assert from 'node:assert/strict'
import { encodeTracked } from '../../engine/encode-tracked.js'
import { BACKEND_DEFAULTS, type OverflowPolicy } from '../../events/defaults.js'
import { DAY_MS } from '../../events/time-units.js'
import type { TrackingEvent } from '../../events/types.js'
import { DiagnosticsRecorder } from '../../pipeline/diagnostics.js'
import { Pipeline } from '../../pipeline/pipeline.js'
import { createVirtualTime } from '../virtual-time.js'
import { refused } from './contract-case.js'
import { type ContractEngine, onEngine, rowsOf, withChecksum } from './engine-case.js'

const START_MS = Date.UTC(2026, 2, 2, 10)
const STREAM_ID = '019cae7c-8000-7000-8000-000000000003'

const event = { streamId: STREAM_ID, occurredAtMs: START_MS, utcOffsetMin: 540, measures: {}, payload: null } as const
const START: TrackingEvent = {
  ...event,
  type: 'session.started',
  measures: { sessions: 1 },
  payload: { videoKey: 'local:/a.mkv', targetLanguage: 'ja' },
}
const LOOKUP: TrackingEvent = { ...event, type: 'lookup.performed', measures: { lookups: 1 } }

/** A pipeline that has admitted the start of a session. */
function pipelineOver(engine: ContractEngine, overflowPolicy: OverflowPolicy = BACKEND_DEFAULTS.overflowPolicy) {
  const writing = new Set<Promise<unknown>>()
  const sizes: number[] = []
  let held: Promise<void> | null = null
  let free = () => {}
  const time = createVirtualTime(async () => {
    if (writing.size === 0) return false
    await Promise.allSettled(writing)
    return true
  })
  const diagnostics = new DiagnosticsRecorder({
    nowMs: () => START_MS + time.now(),
    depth: () => ({ waiting: pipeline.admission.waiting, inFlight: pipeline.admission.inFlight }),
    scheduler: time.scheduler,
  })
  const pipeline: Pipeline = new Pipeline({
    limits: { ...BACKEND_DEFAULTS, overflowPolicy },
    diagnostics,
    async send(events) {
      sizes.push(events.length)
      await held
      const write = engine.append(encodeTracked(events))
      writing.add(write)
      return write.finally(() => writing.delete(write))
    },
    elapsedMs: time.now,
    random: () => 0,
    scheduler: time.scheduler,
    soon: (work) => time.scheduler.schedule(work),
  })
  pipeline.admission.admit(START)
  return {
    /** The number of events in each write. */
    sizes,
    admit(admitted: TrackingEvent, times = 1) {
      for (let time = 0; time < times; time++) pipeline.admission.admit(admitted)
    },
    advance: time.advance,
    /** Makes writes wait until `release`. */
    hold() {
      held = new Promise((resolve) => {
        free = resolve
      })
    },
    async release() {
      held = null
      free()
      const flushed = pipeline.flush()
      await time.advance(BACKEND_DEFAULTS.flushIntervalMs)
      await flushed
    },
    stored: async () => (await engine.events({ after: 0, limit: 10_000 })).events.length,
    snapshot: () => diagnostics.published.snapshot(),
  }
}

/** Admits twice as many events as the queue holds while nothing is written. */
async function flooded(engine: ContractEngine, policy: OverflowPolicy) {
  const over = pipelineOver(engine, policy)
  await over.advance(500)
  over.hold()
  over.admit(LOOKUP, 2000)
  const { waiting, inFlight } = over.snapshot()
  assert.ok(waiting + inFlight <= 1000, `${waiting} wait and ${inFlight} are being written`)
  await over.release()
  const { admitted, acknowledged, summarized, dropped } = over.snapshot()
  assert.deepEqual([admitted, admitted], [2001, acknowledged + summarized + dropped])
  assert.ok(summarized + dropped >= 1000)
  return over
}

async function lookupsOf(engine: ContractEngine): Promise<number> {
  return Object.values(await rowsOf(engine, 'videos@1')).reduce((sum, { lookups }) => sum + lookups, 0)
}

async function payloadBytes(engine: ContractEngine): Promise<readonly number[]> {
  const { events } = await engine.events({ after: 0, limit: 100 })
  return events.map(({ payload }) => Buffer.byteLength(payload ?? ''))
}

export const defaultsCases = onEngine('Defaults', [], {
  async 'the defaults are the documented numbers'() {
    const { retention, ...rest } = BACKEND_DEFAULTS
    assert.deepEqual(rest, {
      batchMaxEvents: 25,
      flushIntervalMs: 500,
      backlogBatchMaxEvents: 1000,
      queueMaxEvents: 1000,
      payloadMaxBytes: 256,
      factPayloadMaxBytes: 8192,
      videoKeyMaxBytes: 512,
      overflowPolicy: 'summarize',
      heartbeatIntervalMs: 15_000,
      gapMaxMs: 60_000,
      idleAfterMs: 60 * 60_000,
      silentAfterMs: 5 * 60_000,
      dayStartsAtHour: 4,
    })
    assert.deepEqual(retention, {
      detailMs: 7 * DAY_MS,
      telemetryMs: 30 * DAY_MS,
      dailyDays: 365,
      monthlyMonths: 5 * 12,
      runEveryMs: DAY_MS,
      vacuumEveryMs: 7 * DAY_MS,
    })
  },

  async '25 events are written at once, and fewer 500 ms after the first'(engine) {
    const over = pipelineOver(engine)
    over.admit(LOOKUP, 24)
    await over.advance(0)
    assert.equal(await over.stored(), 25)
    over.admit(LOOKUP, 3)
    await over.advance(499)
    assert.equal(await over.stored(), 25)
    await over.advance(1)
    assert.equal(await over.stored(), 28)
    assert.deepEqual(over.sizes, [25, 3])
    assert.equal(over.snapshot().acknowledged, 28)
  },

  async 'while nothing is written at most 1,000 events wait, and everything that was admitted counts'(engine) {
    const over = await flooded(engine, BACKEND_DEFAULTS.overflowPolicy)
    assert.equal(over.snapshot().dropped, 0)
    assert.equal(await lookupsOf(engine), 2000)
    assert.equal(await over.stored(), over.snapshot().acknowledged)
    assert.ok(Math.max(...over.sizes) <= BACKEND_DEFAULTS.backlogBatchMaxEvents)
  },

  ...Object.fromEntries(
    (['drop-oldest', 'drop-newest'] as const).map((policy) => [
      `with ${policy} the queue is as long, and dropped events are counted as dropped`,
      async (engine: ContractEngine) => {
        const { summarized, dropped } = (await flooded(engine, policy)).snapshot()
        assert.equal(summarized, 0)
        assert.equal(await lookupsOf(engine), 2000 - dropped)
      },
    ]),
  ),

  async 'a payload of 256 bytes is stored as it is, and a longer one is cut to at most 256'(engine) {
    const over = pipelineOver(engine)
    // {"json":{"text":""}} is 20 bytes.
    for (const length of [236, 237, 5000]) {
      const payload = { text: 'a'.repeat(length) }
      over.admit({ ...event, type: 'subtitle.shown', countIn: 'en', measures: { lines: 1 }, payload })
    }
    await over.advance(500)
    const [, uncut, cut, long] = await payloadBytes(engine)
    assert.equal(uncut, 256)
    for (const bytes of [cut, long]) assert.ok(Number(bytes) <= 256 && Number(bytes) > 128, `${bytes} bytes`)
    const { events } = await engine.events({ after: 0, limit: 10 })
    // Text that was cut off is counted all the same.
    assert.equal(events[3]?.measures.chars, 5000)
  },

  async 'a payload of a fact is stored in at most 8,192 bytes'(engine) {
    const over = pipelineOver(engine)
    over.admit({ ...event, type: 'video.described', payload: { title: '字'.repeat(400) } })
    over.admit({ ...event, type: 'video.described', payload: { title: '字'.repeat(4000) } })
    await over.advance(500)
    const [, uncut, cut] = await payloadBytes(engine)
    assert.ok(Number(uncut) > 3 * 400, `${uncut} bytes`)
    assert.ok(Number(cut) <= 8192 && Number(cut) > 256, `${cut} bytes`)
  },

  async 'events appended again after a failure are written once'(engine) {
    const over = pipelineOver(engine)
    over.admit(LOOKUP, 4)
    await over.advance(500)
    const { events } = await engine.events({ after: 0, limit: 10 })
    const again = events.map(({ position: _position, ...recorded }) => recorded)
    assert.equal((await engine.append(again)).present, 5)
    const [first] = again
    const other = { ...(first as (typeof again)[number]), utcOffsetMin: 0 }
    await refused(() => engine.append([withChecksum(other)]), 'VERSION_CONFLICT')
    assert.equal(await lookupsOf(engine), 4)
  },
})
