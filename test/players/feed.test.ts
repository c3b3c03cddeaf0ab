// Following a text feed: a WebSocket server of the test's own sends what text hookers and players send.

import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { WebSocketServer } from 'ws'
import { type FollowFeedOptions, feedLine, followFeed } from '../../src/players/feed/feed.js'
import type { PlayerStatus } from '../../src/players/player-status.js'
import { type RecordingTracker, recordingTracker } from '../support/recording-tracker.js'
import { until } from '../support/until.js'

const test = suite('following a text feed')

interface Feed {
  readonly url: string
  readonly tracker: RecordingTracker
  status(): PlayerStatus | undefined
  /** Waits until the follower is connected, then sends. */
  send(...messages: readonly (string | Buffer)[]): Promise<void>
  /** Ends every connection, as a feed that is closed. */
  hangUp(): void
  follow(options?: Partial<FollowFeedOptions>): void
  stop(): Promise<void>
}

async function onFeed(work: (feed: Feed) => Promise<void>): Promise<void> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await new Promise((resolve) => server.once('listening', resolve))
  const tracker = recordingTracker()
  const stopping = new AbortController()
  let status: PlayerStatus | undefined
  let following: Promise<void> | undefined
  const feed: Feed = {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tracker,
    status: () => status,
    async send(...messages) {
      await until('the follower listens', () => server.clients.size > 0 && status?.state === 'listening')
      for (const client of server.clients) for (const message of messages) client.send(message)
    },
    hangUp() {
      for (const client of server.clients) client.terminate()
    },
    follow(options = {}) {
      following = followFeed({
        url: feed.url,
        tracker,
        signal: stopping.signal,
        onStatus: (now) => {
          status = now
        },
        retryFirstMs: 10,
        ...options,
      })
    },
    async stop() {
      stopping.abort()
      await following
    },
  }
  try {
    await work(feed)
  } finally {
    await feed.stop()
    feed.hangUp()
    await new Promise((resolve) => server.close(resolve))
  }
}

test('a line is plain text, or what JSON calls text or sentence', () => {
  assert.is(feedLine(' 走れ。\n'), '走れ。')
  assert.is(feedLine('{"text":"走れ。"}'), '走れ。')
  assert.is(feedLine('{"sentence":"走れ。","process_path":"game.exe"}'), '走れ。')
  assert.is(feedLine('"走れ。"'), '走れ。')
  assert.is(feedLine('[音楽]'), '[音楽]')
  assert.is(feedLine('{an8} no JSON'), '{an8} no JSON')
  assert.is(feedLine('{"type":"ping"}'), undefined)
  assert.is(feedLine('{"text":7}'), undefined)
  assert.is(feedLine('  '), undefined)
})

test('lines open a reading session in the language of the first one, and repetitions are left out', () =>
  onFeed(async (feed) => {
    feed.follow()
    await feed.send('……', '走れ。', '走れ。', '{"text":"走れ。"}', '{"type":"ping"}', '{"sentence":"Stop!"}', '走れ。')
    const session = await until('a session', () => feed.tracker.sessions[0])
    await until('all lines', () => session.lines().length === 4)
    assert.equal(session.lines(), ['……', '走れ。', 'Stop!', '走れ。'])
    assert.equal([session.start.mode, session.start.videoKey], ['reading', `remote:${feed.url}`])
    assert.equal(
      session.calls.filter(({ call }) => call === 'describe').map(({ args }) => args),
      [[{ targetLanguage: 'ja' }]],
    )
    await feed.stop()
    assert.is(session.ended(), 'stopped')
  }))

test('a first line of Chinese characters alone is taken for Chinese until kana come', () =>
  onFeed(async (feed) => {
    feed.follow()
    await feed.send('東京都立高等学校', '学校へ行く。')
    const session = await until('a session', () => feed.tracker.sessions[0])
    await until('all lines', () => session.lines().length === 2)
    assert.is(session.start.targetLanguage, 'zh')
    assert.equal(session.calls.find(({ call }) => call === 'describe')?.args, [{ targetLanguage: 'ja' }])
  }))

test("the learner's title and language name what is read, and a password in the address is not kept", () =>
  onFeed(async (feed) => {
    feed.follow({ url: feed.url.replace('ws://', 'ws://learner:secret@'), title: 'A novel', language: 'fr' })
    await feed.send('Bonjour')
    const session = await until('a session', () => feed.tracker.sessions[0])
    assert.equal(session.start, {
      videoKey: 'feed:A novel',
      video: { title: 'A novel', sourceType: 'remote', url: feed.url },
      mode: 'reading',
      targetLanguage: 'fr',
    })
  }))

test('a feed that closes ends its session; once it is back, its next new line begins another', () =>
  onFeed(async (feed) => {
    feed.follow({ language: 'ja' })
    await feed.send('一行目')
    const first = await until('a session', () => feed.tracker.sessions[0])
    feed.hangUp()
    assert.is(await until('the session ends', first.ended), 'closed')
    await feed.send('一行目', '二行目')
    const second = await until('a second session', () => feed.tracker.sessions[1])
    assert.equal(second.lines(), ['二行目'])
  }))

test('a line after a session that ended by itself begins another', () =>
  onFeed(async (feed) => {
    const tracker = recordingTracker()
    const ended = new Set<number>()
    feed.follow({
      tracker: {
        ...tracker,
        startSession(start) {
          const number = tracker.sessions.length
          const tracked = tracker.startSession(start)
          return Object.defineProperty(tracked, 'isOpen', { get: () => !ended.has(number) })
        },
      },
    })
    await feed.send('一')
    await until('a session', () => tracker.sessions.length === 1)
    ended.add(0)
    await feed.send('二')
    await until('a second session', () => tracker.sessions.length === 2)
  }))

test('the follower waits for a feed that is not there yet', async () => {
  const place = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await new Promise((resolve) => place.once('listening', resolve))
  const { port } = place.address() as AddressInfo
  await new Promise((resolve) => place.close(resolve))

  const stopping = new AbortController()
  const states: string[] = []
  const following = followFeed({
    url: `ws://127.0.0.1:${port}`,
    tracker: recordingTracker(),
    signal: stopping.signal,
    retryFirstMs: 10,
    onStatus: ({ state }) => states.push(state),
  })
  await until('two attempts', () => states.length >= 2)
  const server = new WebSocketServer({ host: '127.0.0.1', port })
  await until('it listens', () => states.at(-1) === 'listening')
  stopping.abort()
  await following
  await new Promise((resolve) => server.close(resolve))
})

test.run()
