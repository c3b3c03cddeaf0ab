// One file of mpv on a busy machine, where mpv reports values twice: in its first answers, and as changes.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MpvFile } from '../../src/players/mpv/mpv-file.js'
import { recordingTracker } from '../support/recording-tracker.js'

const test = suite('a file of mpv')

function opened(track: object, more: readonly (readonly [string, unknown])[] = []) {
  const tracker = recordingTracker()
  const values = new Map<string, unknown>([
    ['time-pos', 0],
    ['pause', true],
    ['current-tracks/sub', track],
    ['sub-text', 'Das ist Deutsch.'],
    ['sub-start', 0],
    ['sub-end', 9],
    ...more,
  ])
  const file = new MpvFile({ location: '/a.mkv', values, tracker, language: 'de', monotonicMs: () => 0 })
  const say = (property: string, value: unknown) => {
    values.set(property, value)
    file.changed(property)
  }
  return { tracker, file, say }
}

test('a track and a line that are reported again are the same ones', () => {
  const { tracker, file, say } = opened({ id: 1 })
  say('sub-end', 9) // the line is closed, as by the 20 ms that a burst may take
  for (const again of ['current-tracks/sub', 'sub-text', 'sub-start', 'sub-end'] as const) {
    say(again, { 'current-tracks/sub': { id: 1 }, 'sub-text': 'Das ist Deutsch.', 'sub-start': 0, 'sub-end': 9 }[again])
  }
  file.end('closed')
  assert.equal(
    tracker.sessions.map((session) => session.lines()),
    [['Das ist Deutsch.']],
  )
})

test('the playback speed is reported when it changes, and at the start where it is not 1', () => {
  const { tracker, file, say } = opened({ id: 1 })
  say('speed', 1.5)
  say('pause', false)
  file.end('closed')
  const faster = opened({ id: 1 }, [['speed', 2]])
  faster.file.end('closed')
  assert.equal(
    [tracker, faster.tracker].map(({ sessions }) =>
      sessions.flatMap(({ calls }) => calls.filter(({ call }) => call === 'speed').flatMap(({ args }) => args)),
    ),
    [[1.5], [2]],
  )
})

test('the same words on another track of the same language are not read again', () => {
  const { tracker, file, say } = opened({ id: 1, lang: 'deu' })
  say('sub-end', 9)
  say('current-tracks/sub', { id: 2, lang: 'deu' })
  say('sub-text', 'Das ist Deutsch.')
  file.end('closed')
  assert.equal(
    tracker.sessions.map((session) => session.lines()),
    [['Das ist Deutsch.']],
  )
})

test.run()
