// Calls with arguments that are not allowed: reported, without effect, and never thrown into the player.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BACKEND_DEFAULTS } from '../../src/events/defaults.js'
import { ImmersionError } from '../../src/events/errors.js'
import type { TrackedSession } from '../../src/ports/tracker-types.js'
import { StoreTracker } from '../../src/tracker/tracker.js'
import { createHandClock, createWatchedPlayer } from './watched-player.js'

const test = suite('wrong calls')

/** Calls as plain JavaScript could make them. */
function callLoosely(target: object, name: string, args: readonly unknown[]): void {
  const call: unknown = Reflect.get(target, name)
  if (typeof call === 'function') Reflect.apply(call, target, args)
}

const WRONG: readonly (readonly [keyof TrackedSession, ...unknown[]])[] = [
  ['line'],
  ['line', null],
  ['line', 'はい'],
  ['line', {}],
  ['line', { text: 7 }],
  ['line', { text: 'あ', startMs: Number.NaN }],
  ['line', { text: 'あ', startMs: '1' }],
  ['line', { text: 'あ', endMs: Number.POSITIVE_INFINITY }],
  ['line', { text: 'あ', chars: -1 }],
  ['line', { text: 'あ', words: 1.5 }],
  ['line', { text: 'あ', tokens: 1e12 }],
  ['line', { text: 'あ', tokenizer: 3 }],
  ['lookup', 'term'],
  ['lookup', null],
  ['lookup', { term: 1 }],
  ['lookup', { hit: 'yes' }],
  ['card', 3],
  ['card', { count: -1 }],
  ['card', { count: 0.5 }],
  ['card', { noteIds: 5 }],
  ['card', { noteIds: ['a'] }],
  ['pause', Number.NaN],
  ['resume', 'now'],
  ['seek'],
  ['seek', 0],
  ['seek', Number.NaN, 5],
  ['seek', 0, 1e300],
  ['speed'],
  ['speed', -1],
  ['speed', 'fast'],
  ['buffering'],
  ['buffering', 'true'],
  ['position'],
  ['position', Number.NaN],
  ['position', 0, -1],
  ['position', 0, Number.NaN],
  ['describeVideo'],
  ['describeVideo', { titel: 'A' }],
  ['describeVideo', { title: 1 }],
  ['describeVideo', { durationMs: -1 }],
  ['describeVideo', { sourceType: 'tape' }],
  ['describeVideo', { metadata: { run: () => 0 } }],
  ['describeVideo', { metadata: { sizeBytes: 12n } }],
  ['describe'],
  ['describe', { targetLanguage: 5 }],
  ['describe', { targetLanguage: '' }],
  ['record'],
  ['record', 'session.ended'],
  ['record', 'x.a', 'text'],
  ['record', 'x.a', { run: () => 0 }],
  ['record', 'x.a', {}, { lines: -1 }],
  ['record', 'x.a', {}, { miles: 1 }],
  ['end', 'bored'],
]

test('a wrong call is reported with its name and INVALID_ARGUMENT, records nothing and throws nothing', () => {
  for (const [name, ...args] of WRONG) {
    const player = createWatchedPlayer()
    const session = player.open()
    const before = player.events.length
    callLoosely(session, name, args)
    const what = `${name}(${args.map(String).join(', ')})`
    assert.equal(
      player.invalid.map(({ call, error }) => [call, error.code, error instanceof ImmersionError]),
      [[name, 'INVALID_ARGUMENT', true]],
      what,
    )
    assert.is(player.events.length, before, what)
    session.end()
    assert.is(player.types().at(-1), 'session.ended', what)
  }
})

test('a name that is not open to other programs is refused', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  for (const type of ['x.', `x.${'a'.repeat(100)}`, 'x.a\0b']) callLoosely(session, 'record', [type])
  assert.equal(
    player.invalid.map(({ error }) => error.code),
    ['UNKNOWN_EVENT_TYPE', 'UNKNOWN_EVENT_TYPE', 'UNKNOWN_EVENT_TYPE'],
  )
  assert.equal(player.types(), ['session.started'])
})

test('a start with wrong arguments gives a session that works and records nothing', () => {
  const starts = [undefined, {}, { videoKey: '' }, { videoKey: 5 }, { videoKey: 'a', mode: 'sleeping' }]
  const wrongLater = [{ video: { title: 1 } }, { video: { metadata: { sizeBytes: 12n } } }, { paused: 'yes' }]
  for (const start of [...starts, ...wrongLater.map((part) => ({ videoKey: 'a', ...part }))]) {
    const player = createWatchedPlayer()
    const session: unknown = Reflect.apply(player.tracker.startSession, player.tracker, [start])
    assert.ok(typeof session === 'object' && session !== null)
    for (const name of Object.keys(session)) callLoosely(session, name, [{ text: 'あ' }])
    assert.equal(player.events, [])
    assert.is(player.invalid.length, 1)
    assert.is(player.invalid[0]?.call, 'startSession')
  }
})

test('keys with NUL or half of a character are refused, in texts they are replaced', () => {
  const player = createWatchedPlayer()
  player.open({ videoKey: 'local:/a\0b' })
  player.open({ videoKey: 'local:/\ud800' })
  player.open({ videoKey: 'local:/a', targetLanguage: 'j\0a' })
  assert.equal(
    player.invalid.map(({ error }) => error.code),
    ['INVALID_TEXT', 'INVALID_TEXT', 'INVALID_ARGUMENT'],
  )
  assert.equal(player.events, [])
  const session = player.open({ videoKey: 'local:/😀', video: { title: 'a\0' } })
  session.line({ text: 'a\0b\ud800' })
  session.lookup({ term: '\udc00' })
  assert.equal(player.ofType('subtitle.shown')[0]?.payload, { text: 'a\ufffdb\ufffd', mended: true })
  assert.equal(player.ofType('lookup.performed')[0]?.payload, { term: '\ufffd', mended: true })
  assert.equal(player.ofType('video.described')[0]?.payload, { title: 'a\ufffd', mended: true })
  assert.is(player.sum('lines'), 1)
})

test('arguments that throw when they are read are reported', () => {
  const player = createWatchedPlayer()
  const trap = {
    get text(): string {
      throw new Error('no')
    },
  }
  player.open().line(trap)
  assert.is(player.invalid[0]?.call, 'line')
  assert.match(player.invalid[0]?.error.message ?? '', 'no')
})

/** A value whose properties answer rightly when they are read first, and a function at each later time. */
function changing<T extends object>(right: T): T {
  let reads = new Map<PropertyKey, number>()
  return new Proxy(right, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver)
      if (typeof value === 'function' || typeof name === 'symbol' || name === 'length') return value
      const before = reads.get(name) ?? 0
      reads = new Map(reads).set(name, before + 1)
      return before === 0 ? value : () => 'changed'
    },
  })
}

test('arguments that change their answer are recorded as they were checked', () => {
  const START = {
    videoKey: 'local:/a',
    mode: 'reading',
    paused: false,
    inferSeeks: true,
    targetLanguage: 'ja',
  } as const
  const VIDEO = { title: 'A', durationMs: 1, metadata: { tags: ['x'], at: new Date(5), inner: { a: 1 } } }
  const LINE = { text: 'あ', startMs: 1, endMs: 2000, chars: 1, words: 1, tokens: 1, tokenizer: 'mine' }
  const FACTS = { targetLanguage: 'de', subtitleMode: 'dual', difficultyTier: 'N3' }
  const OPEN = { list: [1, { a: 2 }], at: new Date(5), map: new Map([[1, { b: 1 }]]) }
  const play = (host: <T extends object>(right: T) => T) => {
    const player = createWatchedPlayer()
    const deep = host({ ...VIDEO, metadata: host({ ...VIDEO.metadata, tags: host(['x']), inner: host({ a: 1 }) }) })
    const session = player.open(host({ ...START, video: deep }))
    for (const [name, ...args] of [
      ['line', host({ ...LINE })],
      ['lookup', host({ term: 'あ', dictionary: 'b', hit: true })],
      ['card', host({ count: 3 })],
      ['card', host({ noteIds: host([1, 2]) })],
      ['describe', host({ ...FACTS })],
      ['describeVideo', host({ title: 'B' })],
      ['record', 'x.mine', host({ ...OPEN, list: host([1, host({ a: 2 })]) }), host({ cards: 2 })],
    ] as const) {
      callLoosely(session, name, args)
    }
    session.end()
    assert.equal(player.invalid, [])
    // Everything that is recorded can cross to another thread, and no later change of the host's reaches it.
    return structuredClone(player.events)
  }
  assert.equal(
    play(changing),
    play((right) => right),
  )
})

test('what a host changes after its call is not recorded', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  const payload = { at: new Date(5), list: [1], map: new Map([[1, 1]]), set: new Set([1]), inner: { a: 1 } }
  const measures = { cards: 1 }
  session.record('x.mine', payload, measures)
  const noteIds = [1]
  session.card({ noteIds })
  const before = structuredClone(player.events)
  payload.at.setTime(6)
  payload.list.push(2)
  payload.map.set(2, 2)
  payload.set.add(2)
  payload.inner.a = 2
  measures.cards = 2
  noteIds.push(2)
  assert.equal(player.events, before)
})

test('a list of note ids without an end is refused', () => {
  const player = createWatchedPlayer()
  const endless = Object.assign([1], {
    *[Symbol.iterator]() {
      for (;;) yield 1
    },
  })
  callLoosely(player.open(), 'card', [{ noteIds: endless }])
  assert.equal(
    player.invalid.map(({ error }) => error.code),
    ['INVALID_ARGUMENT'],
  )
})

test('a sink, a clock and a listener that throw never reach the player', () => {
  const clock = createHandClock()
  let broken = false
  const tracker = new StoreTracker({
    sink() {
      if (broken) throw new Error('sink')
      return 'admitted'
    },
    clock: {
      ...clock,
      nowMs() {
        if (broken) throw new Error('clock')
        return clock.nowMs()
      },
    },
    newId: () => '00000000-0000-7000-8000-000000000001',
    limits: BACKEND_DEFAULTS,
    onInvalidCall() {
      throw new Error('listener')
    },
  })
  const session = tracker.startSession({ videoKey: 'local:/a' })
  broken = true
  session.line({ text: 'あ' })
  session.lookup()
  clock.pass(60_000)
  session.end()
  tracker.endAll('closed')
})

test('a clock that answers nonsense stands still', () => {
  const clock = createHandClock()
  let nonsense: number | null = null
  const player = createWatchedPlayer({
    clock: { ...clock, nowMs: () => nonsense ?? clock.nowMs(), monotonicMs: () => nonsense ?? clock.monotonicMs() },
  })
  const session = player.open()
  clock.pass(10_000)
  session.lookup()
  for (nonsense of [Number.NaN, Number.NEGATIVE_INFINITY, -5]) {
    session.lookup()
    clock.pass(1_000)
  }
  nonsense = null
  session.end()
  assert.is(player.sum('watchedMs'), 13_000)
  for (const event of player.events) assert.ok(Number.isSafeInteger(event.occurredAtMs))
})

test.run()
