// Contract cases of video rows, and of text as a key: any text that validation allows is kept, is distinguished from every
// other text, and is ordered by its bytes.

import assert from 'node:assert/strict'
import { committed, dailyRow, onLog, type PortCase, PROFILE, videoRow, writesAfter } from './contract-case.js'

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
