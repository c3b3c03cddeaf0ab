// `immersion retain` and its windows, as a learner types them: a dry run, the run itself, and a wider window afterwards.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { evening, ndjson } from './evening.js'
import { inHome } from './home.js'

const test = suite('command retain')

test('a dry run says what retain then removes, and the session keeps its sums', () =>
  inHome(({ immersion }) => {
    assert.is(immersion(['import', 'ndjson', '-'], { input: ndjson(evening()) }).status, 0)
    // So that in no year to come the rows of that evening's day are old.
    assert.is(immersion(['config', 'set', 'dailyDays', '36500']).status, 0)
    assert.is(immersion(['config', 'set', 'monthlyMonths', '1200']).status, 0)
    const sessions = () => immersion(['stats', 'sessions', '--json']).stdout.replace(/"asOfRevision": \d+/, '')
    const before = sessions()
    // Now is long after every event, so the clock may have jumped, and retain waits for a second run.
    assert.match(immersion(['retain', '--dry-run']).stdout, 'Nothing was removed: the clock is more than 30 days ahead')
    assert.match(immersion(['retain']).stdout, 'the second run removes old detail')
    assert.match(
      immersion(['retain', '--dry-run']).stdout,
      'Would remove: 4 events, 1 heartbeat, 0 rows of old days and months.',
    )
    const { status, stdout } = immersion(['retain'])
    assert.is(status, 0)
    assert.match(
      stdout,
      /^Removed: 4 events, 1 heartbeat, 0 rows of old days and months\.\nKept: every total, every session, days by video since/,
    )
    assert.is(sessions(), before)
    assert.match(immersion(['retain']).stdout, 'Removed: 0 events, 0 heartbeats, 0 rows')
    assert.match(immersion(['verify']).stdout, 'No damage found in 3 events')
  }))

test('windows belong to the profile, and an answer says which days are no longer kept', () =>
  inHome(({ immersion }) => {
    assert.is(immersion(['import', 'ndjson', '-'], { input: ndjson(evening()) }).status, 0)
    const daily = () => immersion(['stats', 'daily']).stdout
    assert.match(daily(), '2026-02-04')
    assert.match(immersion(['config', 'set', 'dailyDays', '1']).stdout, 'dailyDays = 1\n')
    assert.match(daily(), '2026-02-04')
    immersion(['retain'])
    immersion(['retain'])
    assert.match(daily(), /No days match\.\nBefore \d{4}-\d\d-\d\d no days by video are kept/)
    assert.match(immersion(['config', 'set', 'dailyDays', '0']).stdout, 'dailyDays = 0\n')
    assert.match(daily(), '2026-02-04')
    assert.is(immersion(['config', 'get', 'dailyDays']).stdout, '0\n')
    assert.match(
      immersion(['config', 'list']).stdout,
      'detailDays = 7\ntelemetryDays = 30\ndailyDays = 0\nmonthlyMonths = 60',
    )
    for (const [value, reason] of [
      ['soon', 'detailDays is "soon", which is not a number'],
      ['', 'detailDays is "", which is not a number'],
      ['-1', 'detailMs is -86400000; allowed is'],
    ] as const) {
      const refused = immersion(['config', 'set', 'detailDays', '--', value])
      assert.is(refused.status, 2, refused.stderr)
      assert.match(refused.stderr, reason)
    }
  }))

test.run()
