// `immersion stats` as a process: each query for people and as JSON, and the filters of its options.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { evening, ndjson, SESSION } from './evening.js'
import { inHome } from './home.js'

const test = suite('command immersion stats')

test('stats answers each query for people and as JSON', () => {
  return inHome((home) => {
    home.immersion(['import', 'ndjson', '-'], { input: ndjson(evening()) })
    for (const query of [
      ['overview'],
      ['sessions'],
      ['session', SESSION],
      ['timeline', SESSION],
      ['videos'],
      ['video', 'local:/tv/猫.mkv'],
      ['daily'],
      ['monthly'],
      ['throughput'],
      ['streak'],
      ['trend'],
      ['hours'],
      ['calendar'],
    ]) {
      const person = home.immersion(['stats', ...query])
      assert.is(person.status, 0, `${query}: ${person.stderr}`)
      assert.not.match(person.stdout, /undefined|NaN|\[object/, `${query}`)
      const answer = JSON.parse(home.immersion(['stats', ...query, '--json']).stdout)
      assert.type(answer.asOfRevision, 'number', `${query}`)
    }
    const { sessions } = JSON.parse(home.immersion(['stats', 'sessions', '--json']).stdout)
    assert.is(sessions.length, 1)
    const { lines, chars, words, lookups, lookupHits, cards, activeMs } = sessions[0].measures
    assert.equal(
      { lines, chars, words, lookups, lookupHits, cards, activeMs },
      { lines: 2, chars: 7, words: 3, lookups: 1, lookupHits: 1, cards: 1, activeMs: 60_000 },
    )
    assert.match(home.immersion(['stats', 'videos']).stdout, /猫と港町 1 +1 min +2 +7 +3 +1 +1/)
  })
})

test('an empty log says so, and names the commands that fill it', () => {
  return inHome((home) => {
    const outcome = home.immersion(['stats'])
    assert.is(outcome.status, 0, outcome.stderr)
    assert.match(outcome.stdout, /Nothing is recorded yet.*`immersion track mpv`.*`immersion demo`/)
  })
})

test('a range, a language and the start of the day decide which days are listed', () => {
  return inHome((home) => {
    home.immersion(['import', 'ndjson', '-'], { input: ndjson(evening()) })
    const days = (...args: string[]) =>
      JSON.parse(home.immersion(['stats', 'daily', ...args, '--json']).stdout).days as { localDay: number }[]
    // 20:00 UTC is 05:00 of the next day in Tokyo, after the day's start at 4.
    const fourth = Date.UTC(2026, 1, 4) / 86_400_000
    assert.equal(
      days().map((day) => day.localDay),
      [fourth],
    )
    assert.is(days('--from', '2026-02-05').length, 0)
    assert.is(days('--to', '2026-02-04').length, 0)
    assert.is(days('--from', '2026-02-04', '--to', '2026-02-05').length, 1)
    assert.is(days('--lang', 'en').length, 0)
    assert.is(home.immersion(['config', 'set', 'dayStartsAtHour', '6']).status, 0)
    assert.equal(
      days().map((day) => day.localDay),
      [fourth - 1],
    )
    assert.is(home.immersion(['config', 'get', 'dayStartsAtHour']).stdout, '6\n')
  })
})

test.run()
