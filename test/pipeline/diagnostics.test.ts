// What the store says about itself, and that nobody who listens can harm it.

import { map } from 'rxjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createVirtualTime } from '../../src/contract/virtual-time.js'
import { ImmersionError } from '../../src/events/errors.js'
import { DiagnosticsRecorder } from '../../src/pipeline/diagnostics.js'
import type { DiagnosticsNotice } from '../../src/ports/diagnostics-types.js'
import { lookup, START_MS, streamId } from './events.js'

const test = suite('diagnostics')

function opened() {
  const time = createVirtualTime()
  const recorder = new DiagnosticsRecorder({
    nowMs: () => START_MS,
    depth: () => ({ waiting: 0, inFlight: 0 }),
    scheduler: time.scheduler,
  })
  const notices: DiagnosticsNotice[] = []
  recorder.published.notices.subscribe((notice) => notices.push(notice))
  return { time, recorder, notices }
}

test('shed events are reported in sums, a second apart, and no timer runs when nothing is', async () => {
  const { time, recorder, notices } = opened()
  assert.is(time.timers, 0)
  for (let index = 0; index < 100_000; index++) recorder.shed('summarized')
  recorder.shed('dropped')
  assert.is(notices.length, 0)
  await time.advance(1000)
  assert.equal(notices, [
    { kind: 'summarized', count: 100_000 },
    { kind: 'dropped', count: 1 },
  ])
  assert.is(time.timers, 0)
})

test('an acknowledgement names each stream and its unbroken runs of versions', () => {
  const { recorder, notices } = opened()
  const event = (stream: number, version: number) => ({ event: lookup(START_MS, stream), version })
  recorder.acknowledged([event(1, 4), event(2, 1), event(1, 5), event(2, 2), event(1, 7)], 3)
  assert.equal(notices, [
    { kind: 'acknowledged', streamId: streamId(1), fromVersion: 4, toVersion: 5 },
    { kind: 'acknowledged', streamId: streamId(2), fromVersion: 1, toVersion: 2 },
    { kind: 'acknowledged', streamId: streamId(1), fromVersion: 7, toVersion: 7 },
  ])
  assert.is(recorder.published.snapshot().acknowledged, 5)
})

test('the time of an append is that of the last 1,000 batches', () => {
  const { recorder } = opened()
  assert.is(recorder.published.snapshot().appendP99Ms, null)
  for (let index = 0; index < 500; index++) recorder.acknowledged([], 9999)
  for (let index = 0; index < 1000; index++) recorder.acknowledged([], index)
  assert.is(recorder.published.snapshot().appendP99Ms, 990)
})

test('an observer that throws is unsubscribed and reported, and the others hear everything', async () => {
  const { recorder, notices } = opened()
  let calls = 0
  const throwing = recorder.published.notices.subscribe(() => {
    calls += 1
    throw new RangeError('mine')
  })
  const piped = recorder.published.notices.pipe(map(({ kind }) => kind.length)).subscribe(() => {
    throw new RangeError('at the end of a pipe')
  })
  const mapping = recorder.published.notices
    .pipe(
      map((): number => {
        throw new RangeError('within a pipe')
      }),
    )
    .subscribe()
  recorder.sessionRefused('a')
  recorder.sessionRefused('b')
  await new Promise((resolve) => setTimeout(resolve, 5))
  assert.is(calls, 1)
  assert.equal([throwing.closed, piped.closed, mapping.closed], [true, true, true])
  const kinds = notices.map(({ kind }) => kind).sort()
  assert.equal(kinds, ['observer-failed', 'observer-failed', 'observer-failed', 'session-refused', 'session-refused'])
  assert.match(recorder.published.snapshot().lastError?.message ?? '', /mine|pipe/)
})

test('observers with all three handlers, with none, and that leave, are served as by rxjs', () => {
  const { recorder } = opened()
  const heard: string[] = []
  recorder.published.notices.subscribe()
  recorder.published.notices.subscribe({ next: ({ kind }) => heard.push(kind), complete: () => heard.push('complete') })
  const leaving = recorder.published.notices.subscribe(() => heard.push('left'))
  leaving.unsubscribe()
  recorder.sessionRefused('a')
  recorder.close()
  assert.equal(heard, ['session-refused', 'complete'])
})

test('closed is the last state, and only a success ends failed', () => {
  const { recorder, notices } = opened()
  for (const state of ['retrying', 'failed', 'retrying', 'ok', 'closed', 'ok'] as const) recorder.setState(state)
  const states = notices.flatMap((notice) => (notice.kind === 'state' ? [notice.state] : []))
  assert.equal(states, ['retrying', 'failed', 'ok', 'closed'])
})

test('of a hundred thousand events set aside the last hundred are kept, and all are counted', () => {
  const { recorder } = opened()
  const error = { code: 'EVENT_REFUSED', message: '', hint: '', details: {} } as const
  for (let version = 1; version <= 100_000; version++) {
    recorder.setAside({ event: { ...lookup(), version }, error, recordedWithoutPayload: true })
  }
  const { setAside, setAsideEvents } = recorder.published.snapshot()
  assert.equal([setAside, setAsideEvents.length, setAsideEvents[0]?.event.version], [100_000, 100, 99_901])
})

test('a wrong call is counted and reported with its code', () => {
  const { recorder, notices } = opened()
  recorder.invalidCall('line', new ImmersionError('INVALID_ARGUMENT', 'text is missing'))
  assert.is(recorder.published.snapshot().invalidCalls, 1)
  assert.is(notices[0]?.kind === 'invalid-call' && notices[0].error.code, 'INVALID_ARGUMENT')
})

test.run()
