// What a SQLite file is worth after retention: free space is given back in steps, while others write, and a year of use
// stays small.

import * as fs from 'node:fs'
import * as path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adapter as sqlite } from '../../adapters/sqlite/adapter.js'
import { demoSessions } from '../../src/cli/demo-learner.js'
import { rowTableOf } from '../../src/engine/built-in-projections.js'
import { createLogEngine } from '../../src/engine/engine.js'
import type { LogEngine } from '../../src/ports/log-engine.js'
import { withFolder } from '../store/with-store.js'
import { BUILT_IN_PROJECTIONS } from '../support/built-in-projections.js'
import { idOf, line, started } from '../support/engine-logs.js'

const DAY_MS = 86_400_000
const UNTIL_MS = Date.UTC(2026, 2, 1, 12)
/** docs/how-it-works/retention.md says 8 MB for a year of three hours a day, the last weeks' detail included. */
const YEAR_MAX_BYTES = 8_000_000

const test = suite('size after retention')

async function onFile(work: (engine: LogEngine, file: string, open: () => Promise<LogEngine>) => Promise<void>) {
  await withFolder(async (folder) => {
    const file = path.join(folder, 'log.sqlite')
    const engines: LogEngine[] = []
    const open = async () => {
      const tables = BUILT_IN_PROJECTIONS.map(rowTableOf)
      const log = await sqlite.openEventLog({ storage: { path: file }, tables, readOnly: false })
      const clock = { nowMs: () => UNTIL_MS, utcOffsetMin: () => 0 }
      const settings = { dayStartsAtHour: 4 }
      const engine = await createLogEngine({
        log,
        profile: 'default',
        settings,
        projections: BUILT_IN_PROJECTIONS,
        clock,
      })
      engines.push(engine)
      return engine
    }
    try {
      await work(await open(), file, open)
    } finally {
      for (const engine of engines) await engine.close()
    }
  })
}

test('free space goes back to the file system in steps, and another program writes meanwhile', () =>
  onFile(async (engine, _file, open) => {
    const at = UNTIL_MS - 10 * DAY_MS
    const STREAM = idOf(1)
    await engine.append([started(STREAM, 1, 'local:/a', 'ja', at)])
    for (let version = 2; version < 60_000; version += 2_000) {
      const lines = Array.from({ length: 2_000 }, (_, index) => line(STREAM, version + index, at))
      await engine.append(lines)
    }
    const other = await open()
    const retaining = engine.retain({ vacuumAfterMs: 0 })
    const written: Promise<unknown>[] = []
    for (let version = 1; version <= 50; version++) {
      written.push(other.append([started(idOf(1_000 + version), 1, 'local:/b', 'ja', UNTIL_MS)]))
      await new Promise((resolve) => setImmediate(resolve))
    }
    const report = await retaining
    await Promise.all(written)
    const after = await engine.stats()
    assert.is(report.pruned.detail, 60_000)
    assert.ok(report.freedBytes > report.pruned.aboutBytes / 2, `freed ${report.freedBytes} bytes`)
    assert.ok(after.freeBytes < 100_000, `${after.freeBytes} bytes are still free`)
    assert.is((await engine.analyze('session', STREAM)).session.measures.lines, 60_000)
    assert.equal((await other.verify()).damage, [])
    // Once a week: the note says when.
    assert.is((await engine.retain({ vacuumAfterMs: 7 * DAY_MS })).freedBytes, 0)
  }))

test('vacuum gives back what retention left free, and nothing the second time', () =>
  onFile(async (engine) => {
    const at = UNTIL_MS - 10 * DAY_MS
    await engine.append([started(idOf(1), 1, 'local:/a', 'ja', at)])
    await engine.append(Array.from({ length: 20_000 }, (_, index) => line(idOf(1), index + 2, at)))
    await engine.retain()
    const { freeBytes } = await engine.stats()
    const { freedBytes } = await engine.vacuum()
    assert.ok(freedBytes > freeBytes / 2, `${freedBytes} of ${freeBytes} bytes`)
    assert.is((await engine.vacuum()).freedBytes, 0)
    assert.equal((await engine.verify()).damage, [])
    // Retention knows that it was done.
    assert.is((await engine.retain({ vacuumAfterMs: 7 * DAY_MS })).freedBytes, 0)
  }))

test('a year of use stays small, a dry run said how small, and rebuild and verify find nothing', () =>
  onFile(async (engine, file) => {
    let activeMs = 0
    // Each of these watches 50 minutes a day.
    for (const seed of [1, 2, 3, 4]) {
      for (const page of demoSessions({ untilMs: UNTIL_MS, days: 365, seed, utcOffsetMin: () => 0 })) {
        for (const { measures } of page) activeMs += measures.activeMs ?? 0
        await engine.append(page)
      }
    }
    assert.ok(activeMs / 365 > 3 * 3_600_000, `the demo watches ${activeMs / 365 / 3_600_000} hours a day`)
    const totals = await engine.analyze('overview')
    const dry = await engine.retain({ dryRun: true })
    const report = await engine.retain({ vacuumAfterMs: 0 })
    assert.equal(report.pruned, dry.pruned)
    const overview = await engine.analyze('overview')
    assert.equal({ ...overview, asOfRevision: 0 }, { ...totals, asOfRevision: 0 })
    assert.equal((await engine.verify()).damage, [])
    const { changed, videosCorrected } = await engine.rebuild({})
    const differences = Object.values(changed).reduce((sum, one) => sum + one.added + one.removed + one.corrected, 0)
    assert.equal([differences, videosCorrected], [0, 0])
    await engine.close()
    const bytes = fs.statSync(file).size
    assert.ok(bytes <= YEAR_MAX_BYTES, `${bytes} bytes`)
    const off = dry.bytesAfter / report.bytesAfter
    assert.ok(off > 0.5 && off < 2, `a dry run said ${dry.bytesAfter}, it became ${report.bytesAfter}`)
  }))

test.run()
