// Contract cases of the rows below the read models. A session's row is kept exactly, and is found by its id, number and video.
// Any text that validation allows is a key of its own, ordered by its bytes. Ledger sums are added to, may fall, and vanish at
// zero.

import assert from 'node:assert/strict'
import type { LedgerRow, StreamQuery } from '../../ports/event-log.js'
import {
  committed,
  dailyRow,
  ledgerRow,
  onLog,
  type PortCase,
  PROFILE,
  streamId,
  streamRow,
  videoRow,
  writesAfter,
} from './contract-case.js'

const sessionCase = onLog('Session')

export const sessionCases: readonly PortCase[] = [
  sessionCase('a stream is found by its id, by its number and by its video', async (log, head) => {
    const rows = [1, 2, 3].map((stream) => streamRow(stream, { videoKey: stream === 2 ? 'local:/b' : 'local:/a' }))
    await committed(log, writesAfter(head, { streams: rows }))
    const find = (query: StreamQuery) => log.read(PROFILE, (snapshot) => snapshot.streams(query))
    assert.deepEqual(await find({ streamIds: [streamId(2)] }), [rows[1]])
    assert.deepEqual(await find({ streams: [3] }), [rows[2]])
    assert.deepEqual(await find({ videoKey: 'local:/a' }), [rows[0], rows[2]])
    assert.deepEqual(await find({ videoKey: 'local:/a', after: 1 }), [rows[2]])
    assert.deepEqual(await find({ videoKey: 'local:/a', limit: 1 }), [rows[0]])
  }),

  sessionCase('streams named twice or in any order come once, ascending by number', async (log, head) => {
    const rows = [1, 2, 3].map((stream) => streamRow(stream))
    await committed(log, writesAfter(head, { streams: rows }))
    const find = (query: StreamQuery) => log.read(PROFILE, (snapshot) => snapshot.streams(query))
    assert.deepEqual(await find({ streams: [3, 1, 3] }), [rows[0], rows[2]])
    assert.deepEqual(await find({ streamIds: [streamId(3), streamId(1), streamId(9)] }), [rows[0], rows[2]])
    assert.deepEqual(await find({ streamIds: [streamId(3), streamId(1)], limit: 1 }), [rows[0]])
    assert.deepEqual(await find({ streamIds: [streamId(1), streamId(2)], streams: [2, 3] }), [rows[1]])
    assert.deepEqual(await find({ streams: [] }), [])
    assert.deepEqual(await find({ streamIds: [] }), [])
  }),

  sessionCase('pages of streams go through all of them, each once', async (log, head) => {
    const rows = Array.from({ length: 25 }, (_, index) => streamRow(index + 1))
    await committed(log, writesAfter(head, { streams: rows }))
    const seen: unknown[] = []
    for (let after = 0; ; ) {
      const page = await log.read(PROFILE, (snapshot) => snapshot.streams({ after, limit: 10 }))
      seen.push(...page)
      const last = page.at(-1)
      if (!last) break
      after = last.stream
    }
    assert.deepEqual(seen, rows)
  }),

  sessionCase('a stream written again is replaced completely, its video included', async (log, head) => {
    const first = await committed(log, writesAfter(head, { streams: [streamRow(1)] }))
    const named = streamRow(1, {
      kind: 'session',
      videoKey: 'local:/late.mkv',
      facts: '{"started":true}',
      coverage: '1-57,60',
      firstAtMs: 5,
      lastAtMs: 1_800_000_000_000,
      heldCount: 58,
      heldChecksum: 4_294_967_295,
      countedChecksum: 4_294_967_294,
      ledgerChecksum: 2_147_483_648,
      rowChecksum: 4_294_967_293,
      firstPosition: 1,
      lastPosition: 4_294_967_296,
      revision: 2,
    })
    const second = await committed(log, writesAfter(first, { streams: [named] }))
    const byVideo = (videoKey: string) => log.read(PROFILE, (snapshot) => snapshot.streams({ videoKey }))
    assert.deepEqual(await byVideo('local:/late.mkv'), [named])
    const renamed = { ...named, videoKey: 'hash:00', revision: 3 }
    await committed(log, writesAfter(second, { streams: [renamed] }))
    assert.deepEqual(await byVideo('local:/late.mkv'), [])
    assert.deepEqual(await byVideo('hash:00'), [renamed])
  }),

  sessionCase('streams are found by their kind, also after it has changed', async (log, head) => {
    const session = streamRow(1, { kind: 'session', videoKey: 'local:/a.mkv' })
    const [correction, unknown] = [streamRow(2, { kind: 'correction' }), streamRow(3)]
    const first = await committed(log, writesAfter(head, { streams: [session, correction, unknown] }))
    const find = (query: StreamQuery) => log.read(PROFILE, (snapshot) => snapshot.streams(query))
    assert.deepEqual(await find({ kind: 'session' }), [session])
    assert.deepEqual(await find({ kind: 'correction' }), [correction])
    assert.deepEqual(await find({ kind: 'correction', after: 2 }), [])
    assert.deepEqual(await find({ kind: 'correction', streams: [1, 2, 3] }), [correction])
    assert.deepEqual(await find({ kind: 'correction', videoKey: 'local:/a.mkv' }), [])
    const known = streamRow(3, { kind: 'correction', revision: 2 })
    await committed(log, writesAfter(first, { streams: [known] }))
    assert.deepEqual(await find({ kind: 'correction' }), [correction, known])
    assert.deepEqual(await find({ kind: 'unknown' }), [])
  }),

  sessionCase('facts of 64 KiB and coverage in many ranges come back as written', async (log, head) => {
    const facts = JSON.stringify({ text: '字幕😀'.repeat(6000) })
    const coverage = Array.from({ length: 2000 }, (_, index) => 3 * index + 1).join(',')
    const row = streamRow(1, { facts, coverage })
    await committed(log, writesAfter(head, { streams: [row] }))
    assert.deepEqual(await log.read(PROFILE, (snapshot) => snapshot.streams({})), [row])
  }),
]

/** Texts that some collations treat as equal, or put in another order. */
const DIFFICULT_TEXTS = [
  'local:/a',
  'local:/A',
  'local:/a ',
  'local:/a  ',
  'local:/\u00e9', // é in one
  'local:/e\u0301', // é in two
  'local:/ss',
  'local:/\u00df',
  'local:/\uff21', // full-width A
  'local:/\u{1f600}', // astral: above U+FF21 in bytes, below it in UTF-16 units
  'local:/\u{10ffff}',
  'local:/か\u3099',
  'local:/が',
  'local:/it\'s; -- "quoted" \\ % _ ?',
  'local:/\t\n',
  `remote:${'長'.repeat(168)}`,
]

function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}

const videoCase = onLog('Video')

export const videoCases: readonly PortCase[] = [
  videoCase('a video is inserted, replaced completely and removed', async (log, head) => {
    const a = videoRow('local:/a', { facts: '{"title":"A"}', firstSeenAtMs: 1_700_000_000_000 })
    const b = videoRow('local:/b')
    const first = await committed(log, writesAfter(head, { videos: [b, a] }))
    const videos = (videoKeys?: string[]) =>
      log.read(PROFILE, (snapshot) => snapshot.videos(videoKeys ? { videoKeys } : {}))
    assert.deepEqual(await videos(), [a, b])
    const later = { ...a, facts: '{"title":"B"}', lastSeenAtMs: 1_900_000_000_000 }
    const second = await committed(log, writesAfter(first, { videos: [later], removedVideoKeys: ['local:/b'] }))
    assert.deepEqual(await videos(), [later])
    assert.deepEqual(await videos(['local:/b', 'local:/a', 'local:/a']), [later])
    assert.deepEqual(await videos([]), [])
    await committed(log, writesAfter(second, { removedVideoKeys: ['local:/none', 'local:/a'] }))
    assert.deepEqual(await videos(), [])
  }),

  videoCase('any text is a key of its own, and keys are ordered by bytes', async (log, head) => {
    const videos = DIFFICULT_TEXTS.map((videoKey, index) => videoRow(videoKey, { lastSeenAtMs: index }))
    await committed(log, writesAfter(head, { videos }))
    const held = await log.read(PROFILE, (snapshot) => snapshot.videos({}))
    const expected = [...videos].sort((left, right) => byBytes(left.videoKey, right.videoKey))
    assert.deepEqual(held, expected)
    for (const video of videos) {
      const found = await log.read(PROFILE, (snapshot) => snapshot.videos({ videoKeys: [video.videoKey] }))
      assert.deepEqual(found, [video])
    }
  }),

  videoCase('any text keeps read model rows apart, and orders them by bytes', async (log, head) => {
    const rows = DIFFICULT_TEXTS.map((videoKey) => dailyRow(1, videoKey, { lines: 1 }))
    const writes = writesAfter(head, { rows: [{ projection: 'daily@1', rows }] })
    const first = await committed(log, writes)
    await committed(log, writesAfter(first, { rows: [{ projection: 'daily@1', rows }] }))
    const held = await log.read(PROFILE, (snapshot) => snapshot.rows({ projection: 'daily@1' }))
    assert.deepEqual(
      held.map(({ key }) => key[1]),
      [...DIFFICULT_TEXTS].sort(byBytes),
    )
    assert.ok(held.every(({ measures }) => measures[4] === 2))
    const [key] = DIFFICULT_TEXTS
    const one = await log.read(PROFILE, (snapshot) =>
      snapshot.rows({ projection: 'daily@1', equals: { videoKey: key as string } }),
    )
    assert.equal(one.length, 1)
  }),
]

const telemetryCase = onLog('Telemetry')

export const telemetryCases: readonly PortCase[] = [
  telemetryCase('writes to the ledger are added to the existing sums', async (log, head) => {
    const first = await committed(
      log,
      writesAfter(head, { ledger: [ledgerRow(2, 8, { watchedMs: 15_000 }), ledgerRow(1, 9, { lines: 1, chars: 12 })] }),
    )
    await committed(
      log,
      writesAfter(first, {
        ledger: [
          ledgerRow(1, 9, { lines: 2, words: 5 }),
          ledgerRow(1, 9, { lines: 1 }, -300),
          ledgerRow(1, 8, { lines: 1 }),
        ],
      }),
    )
    const ledger = (streams?: number[]) => log.read(PROFILE, (snapshot) => snapshot.ledger(streams ? { streams } : {}))
    const expected: readonly LedgerRow[] = [
      ledgerRow(1, 8, { lines: 1 }),
      ledgerRow(1, 9, { lines: 1 }, -300),
      ledgerRow(1, 9, { lines: 3, chars: 12, words: 5 }),
      ledgerRow(2, 8, { watchedMs: 15_000 }),
    ]
    assert.deepEqual(await ledger(), expected)
    assert.deepEqual(await ledger([1]), expected.slice(0, 3))
    assert.deepEqual(await ledger([2, 1, 2]), expected)
    assert.deepEqual(await ledger([7]), [])
    assert.deepEqual(await ledger([]), [])
  }),

  telemetryCase('one entry may be written twice in one commit', async (log, head) => {
    const ledger = [ledgerRow(1, 9, { lines: 1 }), ledgerRow(1, 9, { lines: 2 })]
    await committed(log, writesAfter(head, { ledger }))
    assert.deepEqual(await log.read(PROFILE, (snapshot) => snapshot.ledger({})), [ledgerRow(1, 9, { lines: 3 })])
  }),

  telemetryCase('an entry whose sums reach zero is deleted, from above and from below', async (log, head) => {
    const ledger = () => log.read(PROFILE, (snapshot) => snapshot.ledger({}))
    const plus = ledgerRow(1, 9, { activeMs: 900, cards: 1 })
    const minus = ledgerRow(1, 9, { activeMs: -900, cards: -1 })
    let now = await committed(log, writesAfter(head, { ledger: [plus] }))
    now = await committed(log, writesAfter(now, { ledger: [minus] }))
    assert.deepEqual(await ledger(), [])
    now = await committed(log, writesAfter(now, { ledger: [minus] }))
    assert.deepEqual(await ledger(), [minus])
    now = await committed(log, writesAfter(now, { ledger: [ledgerRow(1, 9, { activeMs: 900 })] }))
    assert.deepEqual(await ledger(), [ledgerRow(1, 9, { cards: -1 })])
    await committed(log, writesAfter(now, { ledger: [ledgerRow(1, 9, { cards: 1 })] }))
    assert.deepEqual(await ledger(), [])
  }),

  telemetryCase('an entry stays while any of its sums is not zero, even where they cancel out', async (log, head) => {
    const ledger = [ledgerRow(1, 9, { lines: 5, chars: -5 }), ledgerRow(1, 10, { lines: 1, cards: 1 })]
    const first = await committed(log, writesAfter(head, { ledger }))
    await committed(log, writesAfter(first, { ledger: [ledgerRow(1, 10, { cards: -1 })] }))
    assert.deepEqual(await log.read(PROFILE, (snapshot) => snapshot.ledger({})), [
      ledgerRow(1, 9, { lines: 5, chars: -5 }),
      ledgerRow(1, 10, { lines: 1 }),
    ])
  }),

  telemetryCase('adding zeros creates no entry', async (log, head) => {
    await committed(log, writesAfter(head, { ledger: [ledgerRow(1, 9, {})] }))
    assert.deepEqual(await log.read(PROFILE, (snapshot) => snapshot.ledger({})), [])
  }),

  telemetryCase('sums are exact up to 2^53 − 1 and never cut to 32 bits', async (log, head) => {
    const largest = Number.MAX_SAFE_INTEGER
    const start = ledgerRow(1, 9, { watchedMs: largest - 1, chars: 2 ** 32, tokens: -largest })
    const first = await committed(log, writesAfter(head, { ledger: [start] }))
    await committed(log, writesAfter(first, { ledger: [ledgerRow(1, 9, { watchedMs: 1, chars: 2 ** 31 })] }))
    assert.deepEqual(await log.read(PROFILE, (snapshot) => snapshot.ledger({})), [
      ledgerRow(1, 9, { watchedMs: largest, chars: 2 ** 32 + 2 ** 31, tokens: -largest }),
    ])
  }),
]
