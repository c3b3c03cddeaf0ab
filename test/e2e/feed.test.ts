// A text feed, `immersion track feed` and `immersion stats`, as processes of their own. Expected counts are worked out by
// hand from the lines.

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SessionsAnswer } from '../../src/ports/analytics-types.js'
import { immersionJson, startImmersion } from '../support/immersion-command.js'
import { until } from '../support/until.js'
import { withTrackedFeed } from './tracked-feed.js'

const test = suite('from a text feed to statistics')

test('lines that a feed sends are a reading session; a feed that closes ends it; Ctrl-C leaves with 0', () =>
  withTrackedFeed('小説', async ({ folder, tracking, client }) => {
    client.send('今日は<b>雨</b>です。') // 今日 は 雨 です: 6 letters, 4 words
    client.send('今日は<b>雨</b>です。') // the same again
    client.send('{"sentence":"これはペンです。"}') // これ は ペン です: 7 letters, 4 words
    await until('the session begins', () => tracking.stderr().includes('Tracking 小説 (ja)'))
    await until('a second of reading', () => new Promise((resolve) => setTimeout(() => resolve(true), 1_000)))
    client.close()
    await until('the session ends', () => tracking.stderr().includes('Ended 小説 (ja)'))
    tracking.process.kill('SIGINT')
    assert.is(await tracking.exited, 0, tracking.stderr())

    const { sessions } = (await immersionJson(folder, ['stats', 'sessions'])) as SessionsAnswer
    const [session, ...more] = sessions
    if (session === undefined || more.length > 0) throw new Error(`there are ${sessions.length} sessions`)
    const { videoKey, language, status, measures } = session
    assert.equal([videoKey, language, status], ['feed:小説', 'ja', 'ended'])
    assert.equal([measures.lines, measures.chars, measures.words], [2, 13, 8])
    assert.ok(measures.activeMs >= 900, `${measures.activeMs} ms of reading`)
  }))

test('wrong options of track are refused with 2 and a hint', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-e2e-'))
  try {
    for (const [args, expected] of [
      [['track', 'feed', '--url', 'http://user:secret@host'], /the feed http:\/\/host is not a WebSocket address/],
      [['track', 'mpv', '--lang', 'klingonese'], /"klingonese" is not a language/],
      [['track', 'mpv', '--', '--fullscreen'], /options for mpv \(--fullscreen\) need --start/],
    ] as const) {
      const command = startImmersion(folder, args)
      assert.is(await command.exited, 2, command.stderr())
      assert.match(command.stderr(), expected)
      assert.is(command.stdout(), '')
    }
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
})

test.run()
