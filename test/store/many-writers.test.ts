// Eight processes write into one profile at the same moment, each pausing before it commits and rolling back one commit in
// ten, while a reader follows by position: it sees every event once, in consecutive positions, and never has to go back.
// A sequence that gives positions before the commit would show gaps here.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openInlineClient } from '../../src/engine/engine-client.js'
import type { RecordedEvent } from '../../src/events/types.js'
import type { WriterReport } from '../fixtures/one-of-many-writers.js'
import { BACKENDS, type Backend, withFreshLog } from '../support/backends.js'
import { idOf, PROFILE } from '../support/engine-logs.js'
import { requires } from '../support/requires.js'

const WRITER = fileURLToPath(new URL('../fixtures/one-of-many-writers.js', import.meta.url))
const WRITERS = 8
const EVENTS_EACH = 5_000
const PAGE_EVENTS = 500

/** Memory is one process's own. */
for (const backend of BACKENDS.filter(({ provider }) => provider !== 'memory')) {
  const test = suite(`many writers: ${backend.provider}`)
  const withDatabase = requires(test, ...backend.requirements)

  withDatabase('8 processes × 5,000 events: a reader by position skips none and sees none twice', () => run(backend))

  test.run()
}

function run(backend: Backend): Promise<void> {
  return withFreshLog(backend, async ({ storage }) => {
    const { provider } = backend
    const reader = await openInlineClient({
      ...{ profile: PROFILE, settings: { dayStartsAtHour: 4 }, provider, storage, projections: [] },
    })
    const writers = Array.from({ length: WRITERS }, (_, index) =>
      fork(WRITER, [provider, JSON.stringify(storage), String(index + 1), String(EVENTS_EACH)]),
    )
    try {
      await Promise.all(writers.map((writer) => nextMessage(writer)))
      const reports = writers.map((writer) => nextMessage(writer) as Promise<WriterReport>)
      for (const writer of writers) writer.send('begin')
      const failure = Promise.all(reports).then(() => new Promise<never>(() => {}))

      let position = 0
      const seen = new Map<string, number>()
      const look = async () => {
        const { events } = await reader.events({ after: position, limit: PAGE_EVENTS })
        for (const event of events) position = checked(event, position, seen)
      }
      while (position < WRITERS * EVENTS_EACH) await Promise.race([look(), failure])

      assert.equal(seen, new Map(writers.map((_, index) => [idOf(index + 1), EVENTS_EACH])))
      const { events: more } = await reader.events({ after: position, limit: PAGE_EVENTS })
      assert.equal(more, [])
      for (const { committed, rolledBack } of await Promise.all(reports)) {
        assert.is(rolledBack, Math.floor((committed + rolledBack) / 10), 'one commit in ten was rolled back')
        assert.ok(rolledBack > 0)
      }
      const { ok, damage } = await reader.verify()
      assert.equal([ok, damage], [true, []])
      const { total } = await reader.analyze('overview')
      assert.equal([total.measures.sessions, total.measures.lines], [WRITERS, WRITERS * (EVENTS_EACH - 1)])
    } finally {
      for (const writer of writers) writer.kill('SIGKILL')
      await reader.close()
    }
  })
}

/** The next position and the next version of its stream; answers the position. */
function checked(event: RecordedEvent, position: number, seen: Map<string, number>): number {
  assert.is(event.position, position + 1, `after position ${position}`)
  assert.is(event.version, (seen.get(event.streamId) ?? 0) + 1, `version of ${event.streamId}`)
  seen.set(event.streamId, event.version)
  return event.position
}

async function nextMessage(writer: ChildProcess): Promise<unknown> {
  const ended = once(writer, 'exit').then(([code, signal]) => {
    throw new Error(`a writer ended with ${code ?? signal} before it had said what became of its events`)
  })
  const [message] = await Promise.race([once(writer, 'message'), ended])
  return message
}
