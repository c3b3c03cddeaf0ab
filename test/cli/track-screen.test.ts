// The screen of `immersion track`: a live line on a terminal, and notes elsewhere. The terminal is the test's own, and the
// store is a real one in memory.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TrackScreen } from '../../src/cli/track-screen.js'
import type { ImmersionTrackingStore } from '../../src/ports/store-types.js'
import { withStore } from '../store/with-store.js'
import { until } from '../support/until.js'

const test = suite('track screen')

interface Show {
  readonly store: ImmersionTrackingStore
  readonly screen: TrackScreen
  /** Everything that was written, as it came. */
  written(): string
  /** The text on the terminal's last line. */
  lastLine(): string
}

function onTerminal(isTTY: boolean, columns: number, work: (show: Show) => Promise<void>): Promise<void> {
  return withStore({ storage: { provider: 'memory' } }, async (store) => {
    let written = ''
    const terminal = {
      isTTY,
      columns,
      write(text: string) {
        written += text
      },
    }
    const screen = new TrackScreen({ store, terminal, color: false })
    try {
      await work({
        store,
        screen,
        written: () => written,
        lastLine: () => written.split('\n').at(-1)?.split(CLEAR).at(-1) ?? '',
      })
    } finally {
      await screen.finish()
    }
  })
}

const CLEAR = '\r\u001b[2K'

function playSession(store: ImmersionTrackingStore) {
  const session = store.tracker.startSession({
    videoKey: 'local:/映画.mkv',
    video: { title: '映画' },
    targetLanguage: 'ja',
  })
  session.line({ text: 'これはペンです。', chars: 7, words: 4 })
  session.card()
  return session
}

test('the live line shows state, title, language, time and the recorded counts', () =>
  onTerminal(true, 80, async ({ store, screen, lastLine }) => {
    assert.is(lastLine(), '')
    const tracked = playSession(store)
    const session = { sessionId: tracked.sessionId, title: '映画', language: 'ja' }
    screen.status({ state: 'playing', session })
    assert.is(lastLine(), '▶ playing · 映画 · ja · 0:00 · 0 lines · 0 words · 0 cards')
    await until('the line is recorded and shown', () => lastLine().includes('1 line · 4 words · 1 card'))
    screen.status({ state: 'paused', session })
    assert.match(lastLine(), /^‖ paused · 映画 · ja · 0:0\d · 1 line · 4 words · 1 card$/)
  }))

test('a long title leaves room for the numbers, and the line never wraps', () =>
  onTerminal(true, 70, async ({ store, screen, lastLine }) => {
    const tracked = playSession(store)
    const title = 'とても長い題名'.repeat(10)
    screen.status({ state: 'playing', session: { sessionId: tracked.sessionId, title, language: 'ja' } })
    // 20 columns of the title: nine characters and the sign that it goes on
    assert.match(lastLine(), /^▶ playing · とても長い題名とて… · ja · 0:00 · 0 lines/)
    assert.ok(columnsOf(lastLine()) < 70, lastLine())
  }))

test('without a terminal a session is a note when it begins and another when it ends', () =>
  onTerminal(false, 80, async ({ store, screen, written }) => {
    const tracked = playSession(store)
    screen.status({ state: 'playing', session: { sessionId: tracked.sessionId, title: '映画', language: null } })
    screen.status({ state: 'paused', session: { sessionId: tracked.sessionId, title: '映画', language: 'ja' } })
    tracked.end()
    screen.status({ state: 'idle', session: null })
    await screen.finish()
    assert.is(written(), 'Tracking 映画\nEnded 映画 (ja): 0:00 active, 1 line, 4 words, 1 card\n')
  }))

test('trouble of the database is noted once, stays in the live line while it lasts, and its end is noted', () =>
  onTerminal(true, 100, async ({ screen, written, lastLine }) => {
    screen.storage('retrying')
    assert.is(lastLine(), '… waiting for the player · database retrying · 0 events wait')
    screen.trouble('the disk is full')
    screen.trouble('the disk is full')
    screen.storage('ok')
    assert.is(written().split('the disk is full').length, 2)
    assert.match(written(), /The database takes events again\.\n/)
    assert.is(lastLine(), '… waiting for the player')
  }))

/** A character of the titles above is two columns wide, everything else one. */
function columnsOf(text: string): number {
  return [...text].reduce((sum, character) => sum + (/[\u3040-\u30ff\u4e00-\u9fff]/.test(character) ? 2 : 1), 0)
}

test.run()
