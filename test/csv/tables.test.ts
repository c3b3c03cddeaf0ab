// The tables, read back by another program's rules: all rows of all pages, safe cells, and what was imported.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withGuard, withoutGuard } from '../../src/csv/formulas.js'
import { TABLES, type TableName } from '../../src/csv/tables.js'
import { uuidV8FromSha256 } from '../../src/events/ids.js'
import type { Analytics } from '../../src/ports/analytics-types.js'
import { importHandKept } from '../../src/store/hand-kept.js'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'
import { evening } from '../cli/evening.js'
import { withFolder, withStore } from '../store/with-store.js'

const test = suite('tables as CSV')
const NAMES = Object.keys(TABLES) as TableName[]

async function readBack(table: TableName, analytics: Analytics, filter = {}) {
  let text = ''
  for await (const page of TABLES[table].pages(analytics, filter)) text += page.text
  return parse<Record<string, string>>(text, { columns: true, cast: false })
}

test('every page is written, under one header, and numbers are those of the query', () =>
  withStore({}, async ({ analytics, maintenance }) => {
    const ids = Array.from({ length: 1_201 }, (_, index) => uuidV8FromSha256(`session ${index}`))
    async function* pages() {
      for (const id of ids) yield evening(id).filter(({ type }) => type !== 'subtitle.shown')
    }
    await maintenance.importEvents(pages())
    const sessions = await readBack('sessions', analytics)
    assert.equal(sessions.map(({ session_id }) => session_id).sort(), ids.toSorted())
    const [first] = sessions
    assert.equal(
      [first?.date, first?.started_at, first?.ended_at, first?.active_minutes],
      ['2026-02-04', '2026-02-04T05:00:00+09:00', '2026-02-04T05:01:00+09:00', '1'],
    )
    const [day, ...otherDays] = await readBack('days', analytics)
    assert.equal([day?.date, day?.sessions, day?.active_minutes, otherDays.length], ['2026-02-04', '1201', '1201', 0])
    const [month] = await readBack('months', analytics)
    assert.equal([month?.month, month?.cards], ['2026-02', '1201'])
    assert.equal(await readBack('videos', analytics, { language: 'ko' }), [])
  }))

test('docs/reference/csv.md has each column with its tables, and no other', () => {
  const [, section = ''] = readFileSync('docs/reference/csv.md', 'utf8').split(/^## /m)
  const documented = section
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter(([, names = '']) => names.startsWith('`'))
    .flatMap(([, names = '', tables = '']) =>
      names
        .replaceAll('`', '')
        .split(', ')
        .map((name) => [name, tables === 'all' ? NAMES.join(', ') : tables]),
    )
  const names = [...new Set(Object.values(TABLES).flatMap((table) => table.names))]
  const columns = names.map((name) => [name, NAMES.filter((table) => TABLES[table].names.includes(name)).join(', ')])
  assert.equal(documented.sort(), columns.sort())
})

test('an empty log has tables with a header and no row', () =>
  withStore({}, async ({ analytics }) => {
    for (const { pages: pagesOf } of Object.values(TABLES)) {
      const pages = []
      for await (const { text, rows } of pagesOf(analytics, {})) pages.push([text.split('\n').length, rows])
      assert.equal(pages, [[2, 0]])
    }
  }))

test('text that begins like a formula is written with an apostrophe, which reading takes off; numbers are left alone', () => {
  for (const text of ['=1+1', '+1', '-1', '@a', '\tq', '\rq', '＝1', '＠']) {
    assert.is(withGuard(text), `'${text}`)
    assert.is(withoutGuard(withGuard(text)), text)
  }
  // Texts that differ only by the apostrophe stay different.
  for (const text of ["'=1+1", "''＝1", "'''@"]) {
    assert.is(withGuard(text), `'${text}`)
    assert.is(withoutGuard(withGuard(text)), text)
  }
  for (const text of ["'twas", "''", 'a=1', '', '1']) {
    assert.is(withGuard(text), text)
    assert.is(withoutGuard(text), text)
  }
})

const TITLE = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
    fc.constantFrom(
      '=HYPERLINK("x")',
      '\'=HYPERLINK("x")',
      "''+1",
      '+1',
      '-a',
      '@b',
      'a,b;c\td',
      'two\nlines',
      '"quoted"',
      'か\u3099',
    ),
  )
  .map((title) => title.normalize('NFC').trim())
  .filter((title) => title !== '' && !title.includes('\0'))

const ROW = fc.record({
  title: TITLE,
  day: fc.integer({ min: 10, max: 28 }),
  hundredths: fc.integer({ min: 1, max: 144_000 }),
  cards: fc.integer({ min: 0, max: 50 }),
})

test('whatever is imported comes out of the table of days, title for title and minute for minute, and only once', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(ROW, { minLength: 1, maxLength: 30 }),
      fc.constantFrom(',', ';', '\t'),
      async (rows, delimiter) => {
        const cells = rows.map(({ title, day, hundredths, cards }) => [
          `2026-03-${day}`,
          withGuard(title),
          String(hundredths / 100),
          String(cards),
        ])
        const text = stringify([['date', 'title', 'minutes', 'cards'], ...cells], { delimiter })
        const expected = new Map<string, readonly [hundredths: number, cards: number]>()
        for (const { title, day, hundredths, cards } of rows) {
          const key = `2026-03-${day} ${title}`
          const [minutes, mined] = expected.get(key) ?? [0, 0]
          expected.set(key, [minutes + hundredths, mined + cards])
        }
        await withFolder(async (folder) => {
          const config = { storage: { path: join(folder, 'log.sqlite') } }
          const options = { nowMs: Date.UTC(2026, 5, 1) }
          const first = await importHandKept(config, text, options)
          assert.equal(first, { rows: rows.length, added: rows.length, present: 0 })
          const second = await importHandKept(config, text, options)
          assert.equal(second, { rows: rows.length, added: 0, present: rows.length })
          const store = await openImmersionTrackingStore({ ...config, worker: { inline: true } })
          try {
            const days = await readBack('days', store.analytics)
            assert.ok(days.every(({ title = '' }) => !'=+-@＝＋－＠'.includes(title.slice(0, 1))))
            const found = days.map(({ date, title, active_minutes, cards }) => [
              `${date} ${withoutGuard(title ?? '')}`,
              [Math.round(Number(active_minutes) * 100), Number(cards)],
            ])
            assert.equal(found.sort(), [...expected].sort())
            assert.ok((await store.maintenance.verify()).ok)
          } finally {
            await store.close()
          }
        })
      },
    ),
    { numRuns: 25 },
  ))

test.run()
