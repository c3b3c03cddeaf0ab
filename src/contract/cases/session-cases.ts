// Contract cases of stream rows: a session's row is kept exactly, and is found by its id, number and video.

import assert from 'node:assert/strict'
import type { StreamQuery } from '../../ports/event-log.js'
import { committed, onLog, type PortCase, PROFILE, streamId, streamRow, writesAfter } from './contract-case.js'

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
