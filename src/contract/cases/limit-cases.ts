// Contract cases of limits: values as large, as long or as unusual as the validation above the port allows (its sizes are in
// BACKEND_DEFAULTS). A backend must keep each of them exactly.

import assert from 'node:assert/strict'
import { BACKEND_DEFAULTS } from '../../events/defaults.js'
import {
  committed,
  dailyRow,
  eventRow,
  ledgerRow,
  onLog,
  type PortCase,
  PROFILE,
  SETTINGS,
  streamRow,
  sums,
  videoRow,
  writesAfter,
} from './contract-case.js'

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
    .sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
}

const eventCase = onLog('Event')
const videoCase = onLog('Video')
const storeCase = onLog('Store')
const rollupCase = onLog('Rollup')

export const limitCases: readonly PortCase[] = [
  videoCase('keys of 512 bytes that differ at their end stay apart, in every table', async (log, head) => {
    const keys = longestKeys()
    const writes = writesAfter(head, {
      streams: keys.map((videoKey, index) => streamRow(index + 1, { videoKey })),
      videos: keys.map((videoKey, index) => videoRow(videoKey, { lastSeenAtMs: index })),
      rows: [{ projection: 'daily@1', rows: keys.map((videoKey) => dailyRow(1, videoKey, { lines: 1 })) }],
    })
    await committed(log, writes)
    await log.read(PROFILE, async (snapshot) => {
      assert.deepEqual(await snapshot.videos({}), writes.videos)
      assert.deepEqual(
        (await snapshot.rows({ projection: 'daily@1' })).map(({ key }) => key[1]),
        keys,
      )
      for (const [index, videoKey] of keys.entries()) {
        assert.deepEqual(await snapshot.streams({ videoKey }), [writes.streams[index]])
        const orderBy = [{ column: 'videoKey' }]
        const query = { projection: 'daily@1', groupBy: ['videoKey'], orderBy, after: [videoKey] }
        assert.deepEqual(
          (await snapshot.rows(query)).map(({ key }) => key[0]),
          keys.slice(index + 1),
        )
      }
    })
  }),

  eventCase('any text comes back as it was, in payloads, measures and facts', async (log, head) => {
    const events = STRANGE_TEXTS.map((text, index) => {
      return eventRow(index + 1, { type: 'x.note', payload: text, moreMeasures: text, measure1: 0, measure2: 0 })
    })
    const streams = STRANGE_TEXTS.map((facts, index) => streamRow(index + 1, { facts }))
    const videos = STRANGE_TEXTS.map((facts, index) => videoRow(`local:/${index}`, { facts }))
    await committed(log, writesAfter(head, { events, streams, videos }))
    await log.read(PROFILE, async (snapshot) => {
      assert.deepEqual(await snapshot.events({ after: 0, limit: 100 }), events)
      assert.deepEqual(await snapshot.streams({}), streams)
      assert.deepEqual(await snapshot.videos({}), videos)
    })
  }),

  eventCase(
    'the longest payloads and type names come back, and types that differ in case stay apart',
    async (log, head) => {
      const longest = `x.${'t'.repeat(61)}` as const
      const events = [
        eventRow(1, { type: `${longest}a`, payload: '字'.repeat(Math.floor(payloadMaxBytes / 3)) }),
        eventRow(2, { type: `${longest}A`, payload: '😀'.repeat(factPayloadMaxBytes / 4) }),
        ...Array.from({ length: 300 }, (_, index) => eventRow(index + 3, { type: `x.type.${index}` })),
      ]
      await committed(log, writesAfter(head, { streams: [streamRow(1)], events }))
      assert.deepEqual(await log.read(PROFILE, (snapshot) => snapshot.events({ after: 0, limit: 1000 })), events)
    },
  ),

  eventCase('a batch of 1,000 events, streams, sums and videos is written completely', async (log, head) => {
    const numbers = Array.from({ length: backlogBatchMaxEvents }, (_, index) => index + 1)
    const key = (number: number) => `local:/${String(number).padStart(4, '0')}`
    const writes = writesAfter(head, {
      streams: numbers.map((stream) => streamRow(stream, { videoKey: key(stream) })),
      events: numbers.map((position) => eventRow(position, { stream: position, version: 1 })),
      ledger: numbers.map((stream) => ledgerRow(stream, 9, { lines: stream })),
      rows: [{ projection: 'daily@1', rows: numbers.map((number) => dailyRow(7, key(number), { lines: number })) }],
      videos: numbers.map((number) => videoRow(key(number))),
    })
    await committed(log, writes)
    await log.read(PROFILE, async (snapshot) => {
      assert.deepEqual(await snapshot.events({ after: 0, limit: 2000 }), writes.events)
      assert.deepEqual(await snapshot.streams({ streams: numbers }), writes.streams)
      assert.deepEqual(await snapshot.ledger({ streams: numbers }), writes.ledger)
      assert.deepEqual(await snapshot.videos({ videoKeys: numbers.map(key) }), writes.videos)
      const [total] = await snapshot.rows({ projection: 'daily@1', groupBy: [] })
      assert.deepEqual(total?.measures, sums({ lines: (1000 * 1001) / 2 }))
    })
  }),

  rollupCase('the largest and smallest exact integers come back from every column', async (log, head) => {
    const largest = Number.MAX_SAFE_INTEGER
    const events = [
      eventRow(1, { measure1: largest, measure2: -largest, measure3: 0, version: 2 ** 31 }),
      eventRow(2, { measure1: -largest, measure2: largest, measure3: -1, version: 2 ** 31 + 1 }),
    ]
    const streams = [streamRow(1, { firstAtMs: -largest, lastAtMs: largest, heldCount: 2 ** 33 })]
    const videos = [videoRow('local:/a', { firstSeenAtMs: -largest, lastSeenAtMs: largest })]
    const rows = [
      dailyRow(-(2 ** 31), 'a', { watchedMs: largest }),
      dailyRow(2 ** 31 - 1, 'a', { watchedMs: -largest }),
    ]
    await committed(log, writesAfter(head, { events, streams, videos, rows: [{ projection: 'daily@1', rows }] }))
    await log.read(PROFILE, async (snapshot) => {
      assert.deepEqual(await snapshot.events({ after: 0, limit: 10 }), events)
      assert.deepEqual(await snapshot.streams({}), streams)
      assert.deepEqual(await snapshot.videos({}), videos)
      assert.deepEqual(await snapshot.rows({ projection: 'daily@1' }), rows)
      const descending = { orderBy: [{ column: 'watchedMs', descending: true }] }
      assert.deepEqual(await snapshot.rows({ projection: 'daily@1', ...descending }), rows)
    })
  }),

  storeCase('profiles whose long names differ only in case, accent or a last space stay apart', async (log) => {
    const names = ['n', 'N', 'é', 'e\u0301', 'n ', '名', '😀'].map((end) => 'p'.repeat(100 - end.length) + end)
    for (const name of names) await log.openProfile(name, SETTINGS)
    for (const [index, name] of names.entries()) {
      let head = await log.openProfile(name, SETTINGS)
      assert.equal(head.revision, 0)
      for (let time = 0; time <= index; time++) head = await committed(log, writesAfter(head), name)
    }
    for (const [index, name] of names.entries()) {
      assert.equal((await log.openProfile(name, SETTINGS)).revision, index + 1)
    }
  }),
]
