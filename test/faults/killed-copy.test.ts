// kill -9 of copies: a pruned log with corrections goes from SQLite to PostgreSQL, to MariaDB and back to SQLite. Each copy is
// killed again and again before one runs to its end. The last log is byte for byte the first one. 20 kills, or 200 by
// `npm run test:faults`.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seededDraw } from '../../src/contract/law/draw.js'
import { uuidV8FromSha256 } from '../../src/events/ids.js'
import type { CorrectionRequest } from '../../src/ports/correction-types.js'
import { lineOf } from '../../src/replicate/ndjson.js'
import { copyLog, exportRecords } from '../../src/store/replication.js'
import { DAY_MS, NOW_MS, session } from '../replicate/logs.js'
import { withFolder } from '../store/with-store.js'
import { server, withTestDatabase } from '../support/databases.js'
import { idOf } from '../support/engine-logs.js'
import { requires } from '../support/requires.js'
import { KILLS } from './kills.js'
import { appendSession, openUpkeepLog, sessionIdOf, videoKeyOf } from './upkeep-log.js'

const CHILD = fileURLToPath(new URL('./killed-copy.js', import.meta.url))
const KILLS_OF_A_ROUND = 20
/** A copy takes a few seconds. */
const KILL_WITHIN_MS = 120
const OLD_SESSIONS = 4
const RECENT_SESSIONS = 40
const LINES_OF_RECENT = 100

/** Resolves to whether the copy was killed before it was done. */
async function killOnce(from: string, to: string, delayMs: number): Promise<boolean> {
  const child = spawn(process.execPath, [CHILD, from, to], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  let begun = false
  for await (const _progress of createInterface({ input: child.stdout })) {
    if (!begun) setTimeout(() => child.kill('SIGKILL'), delayMs)
    begun = true
  }
  const [code, signal] = await exited
  assert.ok(signal === 'SIGKILL' || code === 0, `exit code ${code}`)
  return signal === 'SIGKILL'
}

async function fill(path: string): Promise<void> {
  const engine = await openUpkeepLog(path)
  try {
    for (let number = 1; number <= OLD_SESSIONS; number++) await appendSession(engine, number)
    for (let number = 1; number <= RECENT_SESSIONS; number++) {
      const events = session(idOf(100 + number), videoKeyOf(number), NOW_MS - (number % 6) * DAY_MS, LINES_OF_RECENT)
      await engine.append(events)
    }
    let corrections = 0
    const correct = (method: CorrectionRequest['method'], ...args: readonly unknown[]) =>
      engine.correct({ method, args, correctionId: uuidV8FromSha256(`correction ${corrections++}`) })
    await correct('discardSession', sessionIdOf(2))
    await correct('mergeVideos', videoKeyOf(0), videoKeyOf(1))
    await correct('renameVideo', videoKeyOf(1), { title: '猫と港町' })
    await correct('adjustSession', sessionIdOf(1), { measures: { lines: -2, cards: 1 } })
    await correct('eraseSession', sessionIdOf(3))
    for (let runs = 0; runs < 2; runs++) await engine.retain({})
  } finally {
    await engine.close()
  }
}

async function exported(storage: string): Promise<readonly string[]> {
  const lines: string[] = []
  for await (const record of exportRecords({ storage })) lines.push(lineOf(record))
  return lines
}

const test = suite('kill -9 of copies')
const withServers = requires(test, server('postgres'), server('mysql'))

withServers(`after ${KILLS} kills, a log that was copied through all databases is unchanged`, () =>
  withFolder(async (folder) => {
    const source = join(folder, 'source.sqlite')
    await fill(source)
    const original = await exported(source)
    assert.ok(original.some((one) => one.startsWith('{"summary"')))
    const draw = seededDraw(20_260_303)
    let killed = 0
    for (let round = 0; round < KILLS / KILLS_OF_A_ROUND; round++) {
      await withTestDatabase('postgres', ({ url: postgres }) =>
        withTestDatabase('mysql', async ({ url: mysql }) => {
          const places = [source, postgres, mysql, join(folder, `round ${round}.sqlite`)]
          for (let kill = 0; kill < KILLS_OF_A_ROUND; kill++) {
            const leg = Math.floor((kill * (places.length - 1)) / KILLS_OF_A_ROUND)
            const [from, to] = [places[leg] as string, places[leg + 1] as string]
            if (await killOnce(from, to, draw(0, KILL_WITHIN_MS))) killed++
            const isLast = Math.floor(((kill + 1) * (places.length - 1)) / KILLS_OF_A_ROUND) > leg
            if (isLast) assert.ok((await copyLog({ storage: from }, { storage: to })).ok)
          }
          assert.equal(await exported(places.at(-1) as string), original)
        }),
      )
    }
    assert.ok(killed > KILLS / 2, `only ${killed} copies were killed before they were done`)
  }),
)

test.run()
