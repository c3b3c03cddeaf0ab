// The clock of the machine.

import { spawnSync } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createSystemClock } from '../../src/events/clock.js'
import { ImmersionError } from '../../src/events/errors.js'

const test = suite('system clock')
const SUMMER_MS = Date.UTC(2026, 6, 1)
const WINTER_MS = Date.UTC(2026, 0, 1)

test('the offset is that of the zone that is named, at the moment that is asked', () => {
  const berlin = createSystemClock('Europe/Berlin')
  assert.equal([berlin.utcOffsetMin(WINTER_MS), berlin.utcOffsetMin(SUMMER_MS)], [60, 120])
  assert.is(createSystemClock('Asia/Kathmandu').utcOffsetMin(WINTER_MS), 345)
  assert.is(createSystemClock('America/St_Johns').utcOffsetMin(WINTER_MS), -210)
})

test('without a zone it is that of the machine', () => {
  assert.is(createSystemClock().utcOffsetMin(SUMMER_MS), -new Date(SUMMER_MS).getTimezoneOffset() + 0)
})

test('a zone that does not exist is refused at once', () => {
  assert.throws(
    () => createSystemClock('Europe/Atlantis'),
    (error: unknown) => error instanceof ImmersionError && error.code === 'INVALID_ARGUMENT',
  )
})

test('monotonic time goes on with the wall clock', async () => {
  const clock = createSystemClock()
  const [wallMs, monotonicMs] = [clock.nowMs(), clock.monotonicMs()]
  await wait(20)
  assert.ok(clock.monotonicMs() - monotonicMs >= 15)
  assert.ok(clock.nowMs() >= wallMs)
})

test('a timer calls back until it is stopped', async () => {
  let calls = 0
  const stop = createSystemClock().every(5, () => calls++)
  while (calls < 2) await wait(5)
  stop()
  const before = calls
  await wait(20)
  assert.is(calls, before)
})

test('a timer that runs keeps no process alive', () => {
  const clock = new URL('../../src/events/clock.js', import.meta.url).href
  const script = `import { createSystemClock } from ${JSON.stringify(clock)}; createSystemClock().every(15_000, () => {})`
  const ran = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { timeout: 10_000 })
  assert.is(ran.status, 0)
})

test.run()
