// Contract cases of the rows below the read models. A session's row is kept exactly, and is found by its id, number and video.
// Any text that validation allows is a key of its own, ordered by its bytes. Ledger sums are added to, may fall, and vanish at
// zero.

import assert from 'node:assert/strict'
import { assertAnswers, byBytes, dailyWrites, onLog, pagesOf } from './case-log.js'
import { dailyRow, ledgerRow, numbersTo, streamId, streamRow, videoRow } from './contract-case.js'

export const sessionCases = onLog('Session', [], {
  async 'a stream is found by its id, by its number and by its video'(log) {
    const streams = ['local:/a', 'local:/b', 'local:/a'].map((videoKey, index) => streamRow(index + 1, { videoKey }))
    const [first, second, third] = streams
    await log.write({ streams })
    await assertAnswers<object, unknown>(log.streams, [
      [{ streamIds: [streamId(2)] }, [second]],
      [{ streams: [3] }, [third]],
      [{ videoKey: 'local:/a' }, [first, third]],
      [{ videoKey: 'local:/a', after: 1 }, [third]],
      [{ videoKey: 'local:/a', limit: 1 }, [first]],
    ])
  },

  async 'streams named twice or in any order come once, ascending by number'(log) {
    const streams = numbersTo(3).map((stream) => streamRow(stream))
    const [first, second, third] = streams
    await log.write({ streams })
    await assertAnswers<object, unknown>(log.streams, [
      [{ streams: [3, 1, 3] }, [first, third]],
      [{ streamIds: [streamId(3), streamId(1), streamId(9)] }, [first, third]],
      [{ streamIds: [streamId(3), streamId(1)], limit: 1 }, [first]],
      [{ streamIds: [streamId(1), streamId(2)], streams: [2, 3] }, [second]],
      [{ streams: [] }, []],
      [{ streamIds: [] }, []],
    ])
  },

  async 'pages of streams go through all of them, each once'(log) {
    const streams = numbersTo(25).map((stream) => streamRow(stream))
    await log.write({ streams })
    const page = (after = 0) => log.streams({ after, limit: 10 })
    assert.deepEqual(await pagesOf(page, ({ stream }) => stream, 25), streams)
  },

  async 'a stream written again is replaced completely, its video included'(log) {
    await log.write({ streams: [streamRow(1)] })
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
    await log.write({ streams: [named] })
    assert.deepEqual(await log.streams({ videoKey: 'local:/late.mkv' }), [named])
    const renamed = { ...named, videoKey: 'hash:00', revision: 3 }
    await log.write({ streams: [renamed] })
    assert.deepEqual(await log.streams({ videoKey: 'local:/late.mkv' }), [])
    assert.deepEqual(await log.streams({ videoKey: 'hash:00' }), [renamed])
  },

  async 'streams are found by their kind, also after it has changed'(log) {
    const session = streamRow(1, { kind: 'session', videoKey: 'local:/a.mkv' })
    const [correction, unknown] = [streamRow(2, { kind: 'correction' }), streamRow(3)]
    await log.write({ streams: [session, correction, unknown] })
    await assertAnswers(log.streams, [
      [{ kind: 'session' }, [session]],
      [{ kind: 'correction' }, [correction]],
      [{ kind: 'correction', after: 2 }, []],
      [{ kind: 'correction', streams: [1, 2, 3] }, [correction]],
      [{ kind: 'correction', videoKey: 'local:/a.mkv' }, []],
    ])
    const known = streamRow(3, { kind: 'correction', revision: 2 })
    await log.write({ streams: [known] })
    assert.deepEqual(await log.streams({ kind: 'correction' }), [correction, known])
    assert.deepEqual(await log.streams({ kind: 'unknown' }), [])
  },

  async 'facts of 64 KiB and coverage in many ranges come back as written'(log) {
    const facts = JSON.stringify({ text: '字幕😀'.repeat(6000) })
    const coverage = Array.from({ length: 2000 }, (_, index) => 3 * index + 1).join(',')
    const row = streamRow(1, { facts, coverage })
    await log.write({ streams: [row] })
    assert.deepEqual(await log.streams({}), [row])
  },
})

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

export const videoCases = onLog('Video', [], {
  async 'a video is inserted, replaced completely and removed'(log) {
    const a = videoRow('local:/a', { facts: '{"title":"A"}', firstSeenAtMs: 1_700_000_000_000 })
    const b = videoRow('local:/b')
    await log.write({ videos: [b, a] })
    assert.deepEqual(await log.videos({}), [a, b])
    const later = { ...a, facts: '{"title":"B"}', lastSeenAtMs: 1_900_000_000_000 }
    await log.write({ videos: [later], removedVideoKeys: ['local:/b'] })
    await assertAnswers(log.videos, [
      [{}, [later]],
      [{ videoKeys: ['local:/b', 'local:/a', 'local:/a'] }, [later]],
      [{ videoKeys: [] }, []],
    ])
    await log.write({ removedVideoKeys: ['local:/none', 'local:/a'] })
    assert.deepEqual(await log.videos({}), [])
  },

  async 'any text is a key of its own, and keys are ordered by bytes'(log) {
    const videos = DIFFICULT_TEXTS.map((videoKey, index) => videoRow(videoKey, { lastSeenAtMs: index }))
    await log.write({ videos })
    const expected = [...videos].sort((left, right) => byBytes(left.videoKey, right.videoKey))
    assert.deepEqual(await log.videos({}), expected)
    await assertAnswers(
      log.videos,
      videos.map((video) => [{ videoKeys: [video.videoKey] }, [video]]),
    )
  },

  async 'any text keeps read model rows apart, and orders them by bytes'(log) {
    const rows = DIFFICULT_TEXTS.map((videoKey) => dailyRow(1, videoKey, { lines: 1 }))
    await log.write(dailyWrites(...rows))
    await log.write(dailyWrites(...rows))
    const expected = [...DIFFICULT_TEXTS].sort(byBytes).map((videoKey) => dailyRow(1, videoKey, { lines: 2 }))
    assert.deepEqual(await log.days(), expected)
    assert.equal((await log.days({ equals: { videoKey: 'local:/a' } })).length, 1)
  },
})

export const telemetryCases = onLog('Telemetry', [], {
  async 'writes to the ledger are added to the existing sums'(log) {
    await log.write({ ledger: [ledgerRow(2, 8, { watchedMs: 15_000 }), ledgerRow(1, 9, { lines: 1, chars: 12 })] })
    const [early, western] = [ledgerRow(1, 8, { lines: 1 }), ledgerRow(1, 9, { lines: 1 }, -300)]
    await log.write({ ledger: [ledgerRow(1, 9, { lines: 2, words: 5 }), western, early] })
    const added = ledgerRow(1, 9, { lines: 3, chars: 12, words: 5 })
    const all = [early, western, added, ledgerRow(2, 8, { watchedMs: 15_000 })]
    await assertAnswers<object, unknown>(log.ledger, [
      [{}, all],
      [{ streams: [1] }, all.slice(0, 3)],
      [{ streams: [2, 1, 2] }, all],
      [{ streams: [7] }, []],
      [{ streams: [] }, []],
    ])
  },

  async 'one entry may be written twice in one commit'(log) {
    await log.write({ ledger: [ledgerRow(1, 9, { lines: 1 }), ledgerRow(1, 9, { lines: 2 })] })
    assert.deepEqual(await log.ledger({}), [ledgerRow(1, 9, { lines: 3 })])
  },

  async 'an entry whose sums reach zero is deleted, from above and from below'(log) {
    const minus = { activeMs: -900, cards: -1 }
    // Each log.write, and the sums that are log after it.
    for (const [added, sum] of [
      [
        { activeMs: 900, cards: 1 },
        { activeMs: 900, cards: 1 },
      ],
      [minus, null],
      [minus, minus],
      [{ activeMs: 900 }, { cards: -1 }],
      [{ cards: 1 }, null],
    ] as const) {
      await log.write({ ledger: [ledgerRow(1, 9, added)] })
      assert.deepEqual(await log.ledger({}), sum === null ? [] : [ledgerRow(1, 9, sum)])
    }
  },

  async 'an entry stays while any of its sums is not zero, even where they cancel out'(log) {
    const cancelling = ledgerRow(1, 9, { lines: 5, chars: -5 })
    await log.write({ ledger: [cancelling, ledgerRow(1, 10, { lines: 1, cards: 1 })] })
    await log.write({ ledger: [ledgerRow(1, 10, { cards: -1 })] })
    assert.deepEqual(await log.ledger({}), [cancelling, ledgerRow(1, 10, { lines: 1 })])
  },

  async 'adding zeros creates no entry'(log) {
    await log.write({ ledger: [ledgerRow(1, 9, {})] })
    assert.deepEqual(await log.ledger({}), [])
  },

  async 'sums are exact up to 2^53 − 1 and never cut to 32 bits'(log) {
    const largest = Number.MAX_SAFE_INTEGER
    await log.write({ ledger: [ledgerRow(1, 9, { watchedMs: largest - 1, chars: 2 ** 32, tokens: -largest })] })
    await log.write({ ledger: [ledgerRow(1, 9, { watchedMs: 1, chars: 2 ** 31 })] })
    const added = { watchedMs: largest, chars: 2 ** 32 + 2 ** 31, tokens: -largest }
    assert.deepEqual(await log.ledger({}), [ledgerRow(1, 9, added)])
  },
})
