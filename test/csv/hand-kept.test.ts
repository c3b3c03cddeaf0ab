// A hand-kept log, from its text to the numbers: what is refused, what is counted, and what a second import adds.

import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type HandKeptOptions, readHandKept } from '../../src/csv/hand-kept.js'
import { eventsOf } from '../../src/csv/hand-kept-events.js'
import { ImmersionError } from '../../src/events/errors.js'
import type { ImmersionTrackingStore } from '../../src/ports/store-types.js'
import { importHandKept } from '../../src/store/hand-kept.js'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'
import { withFolder } from '../store/with-store.js'
import { BACKENDS, withFreshLog } from '../support/backends.js'
import { requires } from '../support/requires.js'

const test = suite('hand-kept logs')

const NOW_MS = Date.UTC(2026, 5, 1)
const OPTIONS: HandKeptOptions = { nowMs: NOW_MS }

function refusalOf(text: string, options = OPTIONS): ImmersionError {
  try {
    readHandKept(text, options)
  } catch (error) {
    if (error instanceof ImmersionError) return error
    throw error
  }
  throw new Error(`taken: ${text}`)
}

function inLog<T>(work: (log: LogFile) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    const config = { storage: { path: join(folder, 'log.sqlite') }, tz: 'Asia/Tokyo' }
    return work({
      take: (text, options = OPTIONS) => importHandKept(config, text, options),
      async query(work) {
        const store = await openImmersionTrackingStore({ ...config, worker: { inline: true } })
        try {
          return await work(store)
        } finally {
          await store.close()
        }
      },
    })
  })
}

interface LogFile {
  take(text: string, options?: HandKeptOptions): ReturnType<typeof importHandKept>
  query<T>(work: (store: ImmersionTrackingStore) => Promise<T>): Promise<T>
}

const row = (date: string, title: string, minutes: number, more: object = {}) => ({
  date,
  title,
  measures: { watchedMs: minutes * 60_000, activeMs: minutes * 60_000 },
  ...more,
})

test('commas, semicolons, tabs, quotes, a byte order mark, any line end and any case of the header are read', () => {
  const expected = [row('2026-03-09', 'Night, day', 12.5), row('2026-03-10', 'Two\nlines "so"', 45)]
  for (const [delimiter, minutes, end] of [
    [',', '12.5', '\n'],
    [';', '12,5', '\r\n'],
    ['\t', '12.50', '\r\n'],
  ]) {
    const lines = [
      [' Date', 'TITLE', '"minutes"'],
      [],
      ['2026-03-09', '" Night, day "', minutes],
      ['', '', ''],
      ['2026-03-10', '"Two\nlines ""so"""', '45', ''],
    ]
    const text = lines.map((cells) => cells.join(delimiter)).join(end)
    assert.equal(readHandKept(`\ufeff${text}${end}`, OPTIONS), expected, JSON.stringify(text))
  }
})

test('counts and languages are read, and a row without a language is of the language in the options', () => {
  const text = 'language,date,lines,title,chars,cards,minutes\nko,2026-01-01,3,A,40,2,0\n,2026-01-02,,A,,,1\n'
  assert.equal(readHandKept(text, { ...OPTIONS, language: 'ja' }), [
    { date: '2026-01-01', title: 'A', measures: { lines: 3, chars: 40, cards: 2 }, language: 'ko' },
    row('2026-01-02', 'A', 1, { language: 'ja' }),
  ])
})

const HEADER = 'date,title,minutes,lines,language'
const REFUSED: readonly (readonly [text: string, line: number, column: string])[] = [
  ['', 1, 'date, title, minutes'],
  ['title,minutes\nA,3\n', 1, 'date'],
  ['date,title,minutes,notes\n2026-01-01,A,3,x\n', 1, 'notes'],
  ['date,title,minutes,Title\n2026-01-01,A,3,x\n', 1, 'title'],
  [`${HEADER}\n2026-02-30,A,3,,\n`, 2, 'date'],
  [`${HEADER}\n09.03.2026,A,3,,\n`, 2, 'date'],
  [`${HEADER}\n1969-12-31,A,3,,\n`, 2, 'date'],
  [`${HEADER}\n2062-03-09,A,3,,\n`, 2, 'date'],
  [`${HEADER}\n\n2026-01-01,"A\nB",3,,\n2026-01-01, ,3,,\n`, 5, 'title'],
  [`${HEADER}\n2026-01-01,${'A'.repeat(501)},3,,\n`, 2, 'title'],
  [`${HEADER}\n2026-01-01,A\0,3,,\n`, 2, 'title'],
  [`${HEADER}\n2026-01-01,A,,,\n`, 2, 'minutes'],
  [`${HEADER}\n2026-01-01,A,-3,,\n`, 2, 'minutes'],
  [`${HEADER}\n2026-01-01,A,1440.1,,\n`, 2, 'minutes'],
  [`${HEADER}\n2026-01-01,A,1e2,,\n`, 2, 'minutes'],
  [`${HEADER}\n2026-01-01,A,"1,200",,\n`, 2, 'minutes'],
  [`${HEADER}\n2026-01-01,A,0,0,\n`, 2, 'minutes'],
  [`${HEADER}\n2026-01-01,A,3,2.5,\n`, 2, 'lines'],
  [`${HEADER}\n2026-01-01,A,3,10000001,\n`, 2, 'lines'],
  [`${HEADER}\n2026-01-01,A,3,,Japanese language\n`, 2, 'language'],
  [`${HEADER}\n2026-01-01,A,3,,,more\n`, 2, 'cell 6'],
  [`${HEADER}\n2026-01-01,A "B",3,,\n`, 2, 'cell 2'],
  [`${HEADER}\n2026-01-01,"A,3,,\n`, 2, 'cell 2'],
]

test('every refusal names line and column', () => {
  for (const [text, line, column] of REFUSED) {
    const { code, details, message, hint } = refusalOf(text)
    assert.equal([code, details.line, details.column], ['IMPORT_INVALID', line, column], `${text}: ${message}`)
    assert.match(message, `line ${line}, ${column}: `)
    assert.match(hint, 'Nothing was imported')
  }
})

test('all that is wrong is named at once, the first ten of it', () => {
  const { message } = refusalOf(`${HEADER}\n${'2026-01-01,A,x,y,\n'.repeat(20)}`)
  assert.is(message.split('\n').length, 11)
  assert.match(message, /^line 2, minutes: "x" is not minutes .*\nline 2, lines: "y" is not a whole number/)
  assert.match(message, /\nand 30 more$/)
})

test('a column that is skipped is not read, and its name may have any case', () => {
  const text = 'date,title,minutes,Notes\n2026-01-01,A,3,anything\n'
  assert.equal(readHandKept(text, { ...OPTIONS, ignored: ['notes'] }), [row('2026-01-01', 'A', 3)])
})

test('ids come from the content of a row and how often it occurred before, and from nothing else', () => {
  const rows = readHandKept('date,title,minutes\n2026-01-01,か\u3099,3\n2026-01-01,が,3.0\n2026-01-01,B,3\n', OPTIONS)
  const again = readHandKept('minutes;title;date\n3;B;2026-01-01\n3;が;2026-01-01\n3,00;が;2026-01-01\n', OPTIONS)
  const ids = (some: typeof rows) => eventsOf(some).rows.map(({ streamId }) => streamId)
  assert.is(new Set(ids(rows)).size, 3)
  assert.equal(ids(rows).sort(), ids(again).sort())
  assert.equal(
    eventsOf(rows).titles.map(({ payload }) => JSON.parse(payload ?? '').json.title),
    ['が', 'B'],
  )
  const korean = ids(rows.map((one) => ({ ...one, language: 'ko' })))
  assert.is(new Set([...ids(rows), ...korean]).size, 6)
})

test('imported rows show by day, month and video; rows that are alike all count; a second import adds nothing', () =>
  inLog(async ({ take, query }) => {
    const text = 'date,title,minutes,cards\n2026-03-31,Ponyo,12.5,1\n2026-03-31,Ponyo,12.5,1\n2026-04-01,Ponyo,30,\n'
    const options = { ...OPTIONS, language: 'ja' }
    assert.equal(await take(text, options), { rows: 3, added: 3, present: 0 })
    const before = await query(numbersOf)
    assert.equal(before, {
      days: ['20544 Ponyo ja 1800000 0', '20543 Ponyo ja 1500000 2'],
      months: ['202604 Ponyo ja 1800000 0', '202603 Ponyo ja 1500000 2'],
      videos: ['csv:Ponyo Ponyo 3300000 2'],
    })
    assert.equal(await take(text, options), { rows: 3, added: 0, present: 3 })
    assert.equal(await take(`${text}2026-03-31,Ponyo,12.5,1\n`, options), { rows: 4, added: 1, present: 3 })
    await query(async ({ maintenance }) => {
      assert.ok((await maintenance.verify()).ok)
      const { changed, videosCorrected } = await maintenance.rebuild()
      const none = { added: 0, removed: 0, corrected: 0 }
      assert.equal([...new Set(Object.values(changed).map((one) => JSON.stringify(one)))], [JSON.stringify(none)])
      assert.is(videosCorrected, 0)
    })
  }))

test('of a file with one bad row nothing is appended', () =>
  inLog(async ({ take, query }) => {
    await take('date,title,minutes\n2026-03-30,Ponyo,5\n')
    const good = '2026-03-31,Ponyo,12.5\n'.repeat(50)
    try {
      await take(`date,title,minutes\n${good}2026-03-32,Ponyo,1\n`)
      assert.unreachable()
    } catch (error) {
      assert.is((error as ImmersionError).code, 'IMPORT_INVALID')
      assert.is((error as ImmersionError).details.line, 52)
    }
    // The row of the first file, and the name of its video.
    assert.is((await query(({ maintenance }) => maintenance.verify())).events, 2)
  }))

test('names, undone rows, merges and erasures of the learner survive a second import', () =>
  inLog(async ({ take, query }) => {
    const text = 'date,title,minutes\n2026-01-01,A,10\n2026-01-02,B,20\n2026-01-03,C,40\n2026-01-04,D,80\n'
    await take(text)
    await query(async ({ corrections }) => {
      await corrections.undo()
      await corrections.renameVideo('csv:A', { title: 'Mine' })
      await corrections.mergeVideos('csv:B', 'csv:A')
      await corrections.eraseVideo('csv:C')
    })
    const before = await query(numbersOf)
    assert.equal(before.videos, ['csv:A Mine 1800000 0'])
    assert.equal(await take(text), { rows: 4, added: 0, present: 4 })
    assert.equal(await query(numbersOf), before)
  }))

test('the same file on two devices in two zones is the same events', () =>
  withFolder(async (folder) => {
    const text = 'date,title,minutes\n2026-01-01,A,10\n'
    const exported: unknown[] = []
    for (const tz of ['Pacific/Auckland', 'America/Los_Angeles']) {
      const config = { storage: { path: join(folder, `${exported.length}.sqlite`) }, tz }
      await importHandKept(config, text, { nowMs: NOW_MS + exported.length * 86_400_000 })
      const store = await openImmersionTrackingStore({ ...config, worker: { inline: true } })
      const pages: unknown[] = []
      for await (const page of store.maintenance.exportEvents()) pages.push(...page)
      exported.push(pages)
      await store.close()
    }
    assert.is((exported[0] as unknown[]).length, 2)
    assert.equal(exported[0], exported[1])
  }))

for (const backend of BACKENDS) {
  const withBackend = requires(test, ...backend.requirements)

  withBackend(`ten thousand rows are appended in a few transactions, and once: ${backend.provider}`, () =>
    withFreshLog(backend, async ({ storage }) => {
      const config = { storage: { provider: backend.provider, ...storage } }
      const rows = Array.from(
        { length: 10_000 },
        (_, index) => `2025-01-${10 + (index % 20)},Show ${index % 70},${index % 97},1\n`,
      )
      const text = `date,title,minutes,lines\n${rows.join('')}`
      assert.equal(await importHandKept(config, text, OPTIONS), { rows: 10_000, added: 10_000, present: 0 })
      assert.equal(await importHandKept(config, text, OPTIONS), { rows: 10_000, added: 0, present: 10_000 })
      const store = await openImmersionTrackingStore({ ...config, worker: { inline: true } })
      try {
        const { total, asOfRevision } = await store.analytics.overview()
        assert.is(total.measures.lines, 10_000)
        assert.is(total.measures.activeMs, rows.reduce((sum, _, index) => sum + (index % 97), 0) * 60_000)
        assert.ok(asOfRevision < 10, `${asOfRevision} transactions`)
        assert.ok((await store.maintenance.verify()).ok)
      } finally {
        await store.close()
      }
    }),
  )
}

async function numbersOf({ analytics }: ImmersionTrackingStore) {
  const { days } = await analytics.daily()
  const { months } = await analytics.monthly()
  const { videos } = await analytics.videos()
  return {
    days: days.map((d) => `${d.localDay} ${d.title} ${d.language} ${d.measures.activeMs} ${d.measures.cards}`),
    months: months.map((m) => `${m.localMonth} ${m.title} ${m.language} ${m.measures.activeMs} ${m.measures.cards}`),
    videos: videos.map((v) => `${v.videoKey} ${v.title} ${v.measures.activeMs} ${v.measures.cards}`),
  }
}

test.run()
