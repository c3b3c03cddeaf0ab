// Contract cases of limits: values as large, as long or as unusual as the validation above the port allows (its sizes are in
// BACKEND_DEFAULTS). A backend must keep each of them exactly.

import assert from 'node:assert/strict'
import { BACKEND_DEFAULTS } from '../../events/defaults.js'
import type { LogWrites } from '../../ports/event-log.js'
import { byBytes, type CaseLog, dailyWrites, onLog } from './case-log.js'
import { dailyRow, eventRow, ledgerRow, numbersTo, streamRow, sums, videoRow } from './contract-case.js'

const { videoKeyMaxBytes, backlogBatchMaxEvents, payloadMaxBytes, factPayloadMaxBytes } = BACKEND_DEFAULTS

/** Validation allows every text without NUL and lone surrogates. */
const STRANGE_TEXTS = [
  '',
  ' ',
  'ends in spaces  ',
  '\ttab\r\nline\u2028separator',
  '\u0001\u0002\u001f\u007f\u0080\u009f',
  'e\u0301 \u00e9 か\u3099 が',
  '👩\u200d👩\u200d👧 😀 𠮷 \u{10ffff}',
  '\ufeff\ufffe\uffff\ufdd0',
  '\u202eright to left\u202c عربى עברית',
  '\'";--\\\\%_?$1:name{}',
]

/** Keys of the greatest length that differ only in their last character, of one to four bytes. */
function longestKeys(): readonly string[] {
  return ['a', 'A', 'a ', 'é', 'e\u0301', '長', '😀', '\u{10ffff}']
    .map((end) => 'k'.repeat(videoKeyMaxBytes - Buffer.byteLength(end)) + end)
    .sort(byBytes)
}

/** Writes these rows, and checks that every table gives back its own. */
async function assertKept(log: CaseLog, parts: Partial<LogWrites>): Promise<void> {
  const { streams = [], events = [], ledger = [], rows = [], videos = [] } = parts
  await log.write(parts)
  assert.deepEqual(await log.streams({}), streams)
  assert.deepEqual(await log.events({ after: 0, limit: 2000 }), events)
  assert.deepEqual(await log.ledger({}), ledger)
  assert.deepEqual(
    await log.days(),
    rows.flatMap((some) => some.rows),
  )
  assert.deepEqual(await log.videos({}), videos)
}

export const videoLimits = onLog('Video', [], {
  async 'keys of 512 bytes that differ at their end stay apart, in every table'(log) {
    const keys = longestKeys()
    const streams = keys.map((videoKey, index) => streamRow(index + 1, { videoKey }))
    await assertKept(log, {
      streams,
      videos: keys.map((videoKey, index) => videoRow(videoKey, { lastSeenAtMs: index })),
      ...dailyWrites(...keys.map((videoKey) => dailyRow(1, videoKey, { lines: 1 }))),
    })
    for (const [index, videoKey] of keys.entries()) {
      assert.deepEqual(await log.streams({ videoKey }), [streams[index]])
      const after = await log.days({ groupBy: ['videoKey'], orderBy: [{ column: 'videoKey' }], after: [videoKey] })
      assert.deepEqual(
        after.map(({ key }) => key[0]),
        keys.slice(index + 1),
      )
    }
  },
})

export const eventLimits = onLog('Event', [], {
  async 'any text comes back as it was, in payloads, measures and facts'(log) {
    return assertKept(log, {
      events: STRANGE_TEXTS.map((text, index) => {
        return eventRow(index + 1, { type: 'x.note', payload: text, moreMeasures: text, measure1: 0, measure2: 0 })
      }),
      streams: STRANGE_TEXTS.map((facts, index) => streamRow(index + 1, { facts })),
      videos: STRANGE_TEXTS.map((facts, index) => videoRow(`local:/${index}`, { facts })),
    })
  },

  async 'the longest payloads and type names come back, and types that differ in case stay apart'(log) {
    const longest = `x.${'t'.repeat(61)}` as const
    const events = [
      eventRow(1, { type: `${longest}a`, payload: '字'.repeat(Math.floor(payloadMaxBytes / 3)) }),
      eventRow(2, { type: `${longest}A`, payload: '😀'.repeat(factPayloadMaxBytes / 4) }),
      ...Array.from({ length: 300 }, (_, index) => eventRow(index + 3, { type: `x.type.${index}` })),
    ]
    return assertKept(log, { streams: [streamRow(1)], events })
  },

  async 'a batch of 1,000 events, streams, sums and videos is written completely'(log) {
    const numbers = numbersTo(backlogBatchMaxEvents)
    const key = (number: number) => `local:/${String(number).padStart(4, '0')}`
    const parts = {
      streams: numbers.map((stream) => streamRow(stream, { videoKey: key(stream) })),
      events: numbers.map((position) => eventRow(position, { stream: position, version: 1 })),
      ledger: numbers.map((stream) => ledgerRow(stream, 9, { lines: stream })),
      ...dailyWrites(...numbers.map((number) => dailyRow(7, key(number), { lines: number }))),
      videos: numbers.map((number) => videoRow(key(number))),
    }
    await assertKept(log, parts)
    assert.deepEqual(await log.streams({ streams: numbers }), parts.streams)
    assert.deepEqual(await log.ledger({ streams: numbers }), parts.ledger)
    assert.deepEqual(await log.videos({ videoKeys: numbers.map(key) }), parts.videos)
    assert.deepEqual((await log.days({ groupBy: [] }))[0]?.measures, sums({ lines: (1000 * 1001) / 2 }))
  },
})

export const rollupLimits = onLog('Rollup', [], {
  async 'the largest and smallest exact integers come back from every column'(log) {
    const largest = Number.MAX_SAFE_INTEGER
    const rows = [
      dailyRow(-(2 ** 31), 'a', { watchedMs: largest }),
      dailyRow(2 ** 31 - 1, 'a', { watchedMs: -largest }),
    ]
    await assertKept(log, {
      events: [
        eventRow(1, { measure1: largest, measure2: -largest, measure3: 0, version: 2 ** 31 }),
        eventRow(2, { measure1: -largest, measure2: largest, measure3: -1, version: 2 ** 31 + 1 }),
      ],
      streams: [streamRow(1, { firstAtMs: -largest, lastAtMs: largest, heldCount: 2 ** 33 })],
      videos: [videoRow('local:/a', { firstSeenAtMs: -largest, lastSeenAtMs: largest })],
      ...dailyWrites(...rows),
    })
    assert.deepEqual(await log.days({ orderBy: [{ column: 'watchedMs', descending: true }] }), rows)
  },
})

export const storeLimits = onLog('Store', [], {
  async 'profiles whose long names differ only in case, accent or a last space stay apart'(log) {
    const names = ['n', 'N', 'é', 'e\u0301', 'n ', '名', '😀'].map((end) => 'p'.repeat(100 - end.length) + end)
    const profiles = await Promise.all(names.map((name) => log.other(name)))
    for (const [index, profile] of profiles.entries()) {
      assert.equal((await profile.openProfile()).revision, 0)
      for (let time = 0; time <= index; time++) await profile.write({})
    }
    for (const [index, profile] of profiles.entries()) assert.equal((await profile.openProfile()).revision, index + 1)
  },
})
