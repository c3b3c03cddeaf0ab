// The end of an export, and the checksum of a pruned summary: whatever is cut, removed, reordered or changed is refused.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ImmersionError } from '../../src/events/errors.js'
import { lineOf, recordsOfLines } from '../../src/replicate/ndjson.js'
import { takeRecords } from '../../src/replicate/records.js'
import { MEMORY } from '../support/backends.js'
import { event, idOf } from '../support/engine-logs.js'
import { counted, DAY_MS, exported, NOW_MS, session, withLogs } from './logs.js'

const test = suite('export-end')

/** FNV-1a over 16-bit units, as docs/reference/events.md describes it: a second implementation. */
function fnv(units: readonly number[]): number {
  return Number(units.reduce((hash, unit) => ((hash ^ BigInt(unit)) * 16_777_619n) % 2n ** 32n, 2_166_136_261n))
}

const unitsOf = (text: string) => [...Array.from(text, (_, index) => text.charCodeAt(index)), 0]
/** An unsigned number below 2^32, low half first, and as much again for its upper 32 bits. */
const unitsOfChecksum = (value: number) => [value % 65_536, Math.floor(value / 65_536), 0, 0]

/** Two old sessions, of which retention removed the detail. One has heartbeats of the greatest measure that an event may have. */
async function withExport(work: (lines: readonly string[], source: unknown) => Promise<void>): Promise<void> {
  await withLogs([MEMORY], async ([log]) => {
    if (!log) throw new TypeError('there is one')
    const atMs = NOW_MS - 100 * DAY_MS
    await log.engine.append(session(idOf(1), 'local:/a', atMs, 3))
    await log.engine.append(session(idOf(2), 'local:/b', atMs, 3))
    const measures = { watchedMs: 2 ** 31 - 1, activeMs: 2 ** 31 - 1 }
    const shed = [20, 21, 22].map((version) => event(idOf(2), version, { type: 'telemetry.sampled', atMs, measures }))
    await log.engine.append(shed)
    await log.engine.append(session(idOf(3), 'local:/c', NOW_MS - 2 * DAY_MS, 1))
    const { outcome, pruned } = await log.engine.retain({})
    assert.equal([outcome, pruned.detail, pruned.telemetry], ['retained', 6, 9])
    await work(await exported(log.engine), await counted(log.engine))
  })
}

async function importOf(lines: readonly string[], partial?: boolean) {
  let answer: unknown
  await withLogs([MEMORY], async ([log]) => {
    if (!log) throw new TypeError('there is one')
    const given = (async function* () {
      yield* lines
    })()
    try {
      const { isComplete } = await takeRecords(recordsOfLines(given), log.engine, partial)
      answer = { isComplete, counted: await counted(log.engine) }
    } catch (error) {
      if (!(error instanceof ImmersionError)) throw error
      answer = error.code
    }
  })
  return answer
}

test('the end states the records before it, and a complete import confirms it', () =>
  withExport(async (lines, source) => {
    const parsed = lines.map(
      (line) => JSON.parse(line) as Record<string, Record<string, number>> & { checksum: number },
    )
    const [settings, ...rest] = lines
    const units = rest.slice(0, -1).flatMap((line, index) => {
      const { summary, checksum } = parsed[index + 1] as (typeof parsed)[number]
      if (summary === undefined) return unitsOfChecksum(checksum)
      const { summaryChecksum, ...content } = summary
      assert.is(summaryChecksum, fnv(unitsOf(JSON.stringify(content))), line)
      return unitsOfChecksum(summaryChecksum as number)
    })
    const summaries = parsed.filter(({ summary }) => summary !== undefined).length
    assert.is(summaries, 2)
    const checksum = fnv([...unitsOf(settings ?? ''), ...units])
    assert.equal(parsed.at(-1), { end: { events: lines.length - 2 - summaries, summaries, checksum } })
    assert.equal(await importOf(lines), { isComplete: true, counted: source })
  }))

test('an export that was cut at any line is refused, unless it is meant to be a part', () =>
  withExport(async (lines) => {
    for (let kept = 1; kept < lines.length; kept++) {
      assert.is(await importOf(lines.slice(0, kept)), 'IMPORT_INCOMPLETE', `${kept} lines`)
      const part = (await importOf(lines.slice(0, kept), true)) as { readonly isComplete: boolean }
      assert.is(part.isComplete, false)
    }
  }))

test('an export that lacks a line, has one twice, or has two in another order is refused', () =>
  withExport(async (lines) => {
    const last = lines.length - 1
    for (let index = 0; index < last; index++) {
      assert.is(await importOf(lines.toSpliced(index, 1)), 'IMPORT_INCOMPLETE', `without line ${index + 1}`)
      const line = lines[index] as string
      assert.is(await importOf(lines.toSpliced(index, 0, line)), 'IMPORT_INCOMPLETE', `line ${index + 1} twice`)
      if (index === 0 || index === last - 1) continue
      const swapped = lines.toSpliced(index, 2, lines[index + 1] as string, line)
      assert.is(await importOf(swapped), 'IMPORT_INCOMPLETE', `line ${index + 1} after the next`)
    }
    assert.is(await importOf([...lines, ...lines.slice(1)]), 'IMPORT_INCOMPLETE')
  }))

test('a digit that was changed anywhere in a summary or in the end is refused', () =>
  withExport(async (lines) => {
    let changes = 0
    for (const [number, line] of lines.entries()) {
      if (!line.startsWith('{"summary"') && !line.startsWith('{"end"')) continue
      for (let index = 0; index < line.length; index++) {
        if (!/\d/.test(line[index] as string)) continue
        const other = (Number(line[index]) + 1) % 10
        const changed = lines.toSpliced(number, 1, `${line.slice(0, index)}${other}${line.slice(index + 1)}`)
        const answer = await importOf(changed)
        assert.ok(answer === 'IMPORT_INVALID' || answer === 'IMPORT_INCOMPLETE', changed[number])
        changes++
      }
    }
    assert.ok(changes > 200)
  }))

test('an export of an earlier version is imported, with neither end nor checksums of summaries, and is not confirmed', () =>
  withExport(async (lines, source) => {
    const earlier = lines.slice(0, -1).map((line) => {
      const { format: _format, summary, ...rest } = JSON.parse(line)
      if (summary === undefined) return JSON.stringify(rest)
      const { summaryChecksum: _checksum, ...content } = summary
      return JSON.stringify({ statement: content })
    })
    assert.equal(await importOf(earlier), { isComplete: false, counted: source })
    const negative = earlier.map((line) => line.replace('"chars":', '"chars":-'))
    assert.is(await importOf(negative), 'IMPORT_INVALID')
    const swallows = earlier.map((line) => line.replace(/"versions":"[^"]*"/, '"versions":"2-2147483647"'))
    assert.is(await importOf(swallows), 'IMPORT_INVALID')
  }))

test('an export of a later format is refused', () =>
  withExport(async (lines) => {
    assert.is(await importOf(lines.map((line) => line.replace('"format":3', '"format":4'))), 'IMPORT_INVALID')
  }))

test('a record is the same as its line and comes back from it', () =>
  withExport(async (lines) => {
    const again: string[] = []
    const given = (async function* () {
      yield* lines
    })()
    for await (const record of recordsOfLines(given)) again.push(lineOf(record))
    assert.equal(again, lines)
  }))

test.run()
