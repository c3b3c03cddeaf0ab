// kill -9 in the middle of retention, windows, rebuilds, corrections and vacuum: no sum changes, a second run completes the
// interrupted one, and verify finds no damage. 20 kills, or 200 by `npm run test:faults`.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seededDraw } from '../../src/contract/law/draw.js'
import { decodePayload } from '../../src/events/codec.js'
import type { NewEvent } from '../../src/events/types.js'
import type { LogEngine } from '../../src/ports/log-engine.js'
import { withFolder } from '../store/with-store.js'
import { KILLS } from './kills.js'
import { appendSession, CHARS_OF_LINE, LINES_OF_SESSION, openUpkeepLog, sessionIdOf } from './upkeep-log.js'

const CHILD = fileURLToPath(new URL('./killed-upkeep.js', import.meta.url))
/** A step takes from one to some hundred milliseconds. */
const KILL_WITHIN_MS = 250

const test = suite('kill -9 of upkeep')

/** Resolves to the step that the child had begun when it was killed. */
async function killOnce(path: string, kill: number, delayMs: number): Promise<string> {
  const child = spawn(process.execPath, [CHILD, path, String(kill), String(kill)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  let doing = ''
  for await (const printed of createInterface({ input: child.stdout })) {
    if (doing === '') setTimeout(() => child.kill('SIGKILL'), delayMs)
    doing = printed
  }
  const [, signal] = await exited
  assert.is(signal, 'SIGKILL')
  return doing
}

/** The sessions that count by the recorded corrections: the latest discard or restore of a session decides. */
function countingSessions(events: readonly NewEvent[], sessions: number): ReadonlySet<string> {
  const counting = new Set(Array.from({ length: sessions }, (_, index) => sessionIdOf(index + 1)))
  const corrections = events
    .filter(({ type }) => type === 'stream.discarded' || type === 'stream.restored')
    .sort((left, right) => left.occurredAtMs - right.occurredAtMs || (left.streamId < right.streamId ? -1 : 1))
  for (const { type, payloadVersion, payload } of corrections) {
    const target = String(decodePayload(type, payloadVersion, payload)?.targetStreamId)
    if (type === 'stream.discarded') counting.delete(target)
    else counting.add(target)
  }
  return counting
}

async function assertSums(engine: LogEngine, sessions: number): Promise<void> {
  const events: NewEvent[] = []
  for (let after = { streamId: '', version: 0 }; ; ) {
    const page = await engine.exportPage({ afterStreamId: after.streamId, afterVersion: after.version, limit: 10_000 })
    events.push(...page)
    after = page.at(-1) ?? after
    if (page.length < 10_000) break
  }
  const expected = countingSessions(events, sessions).size
  for (const projection of ['sessions@1', 'videos@1', 'calendar@1', 'hours@1']) {
    const { rows } = await engine.analyze('rows', { projection, groupBy: [], measures: ['sessions', 'lines', 'chars'] })
    const { sessions: counted, lines, chars } = rows[0]?.measures ?? {}
    const [allLines, allChars] = [expected * LINES_OF_SESSION, expected * LINES_OF_SESSION * CHARS_OF_LINE]
    assert.equal([projection, counted, lines, chars], [projection, expected, allLines, allChars])
  }
}

async function assertSound(engine: LogEngine): Promise<void> {
  assert.equal((await engine.verify()).damage, [])
  const { changed, videosCorrected } = await engine.rebuild({})
  const differences = Object.values(changed).reduce((sum, one) => sum + one.added + one.removed + one.corrected, 0)
  assert.equal([differences, videosCorrected], [0, 0])
}

test(`${KILLS} kills change no sum, and the next run completes the interrupted one`, () =>
  withFolder(async (folder) => {
    const path = join(folder, 'log.sqlite')
    const draw = seededDraw(20_260_302)
    const interrupted = new Map<string, number>()
    for (let kill = 1; kill <= KILLS; kill++) {
      const doing = await killOnce(path, kill, draw(0, KILL_WITHIN_MS))
      interrupted.set(doing, (interrupted.get(doing) ?? 0) + 1)
      const engine = await openUpkeepLog(path)
      try {
        // Perhaps only a part of the last session was recorded.
        await appendSession(engine, kill)
        await assertSums(engine, kill)
        await assertSound(engine)
        // The very first run may take the clock for one that has jumped, and only notes it.
        if ((await engine.retain({ vacuumAfterMs: 0 })).outcome === 'noted') await engine.retain({ vacuumAfterMs: 0 })
        const { pruned, rowsRemoved } = await engine.retain({})
        assert.equal([pruned.detail, Object.values(rowsRemoved).some((count) => count > 0)], [0, false])
        await assertSums(engine, kill)
        await assertSound(engine)
      } catch (error) {
        console.log(`kill ${kill}, during ${doing}`)
        throw error
      } finally {
        await engine.close()
      }
    }
    console.log([...interrupted].map(([doing, times]) => `${doing} ${times}`).join(', '))
  }))

test.run()
