// `immersion retain` and its windows, as somebody types them: said first, then done, then taken back as far as it can be.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { evening, inHome, ndjson } from './evening.js'

const test = suite('command retain')

test('what would go is said, then goes; the session keeps its sums', () =>
  inHome(({ immersion }) => {
    assert.is(immersion(['import', 'ndjson', '-'], { input: ndjson(evening()) }).status, 0)
    const sessions = () => immersion(['stats', 'sessions', '--json']).stdout.replace(/"asOfRevision": \d+/, '')
    const before = sessions()
    // Long after everything that was recorded: for all it knows the clock has jumped, and it waits for a second run.
    assert.match(
      immersion(['retain', '--dry-run']).stdout,
      'Nothing was taken out: the clock is more than 30 days past',
    )
    assert.match(immersion(['retain']).stdout, 'This run is noted.')
    assert.match(
      immersion(['retain', '--dry-run']).stdout,
      '4 events, 1 heartbeat and 0 rows of old days and months would go.',
    )
    const { status, stdout } = immersion(['retain'])
    assert.is(status, 0)
    assert.match(
      stdout,
      /4 events, 1 heartbeat and 0 rows of old days and months are gone\.\nKept: every total, every session, days by video from/,
    )
    assert.is(sessions(), before)
    assert.match(immersion(['retain']).stdout, '0 events, 0 heartbeats and 0 rows')
    assert.match(immersion(['verify']).stdout, 'All is well: 3 events')
  }))

test('windows are the profile’s, in days and months, and an answer says which days are not kept', () =>
  inHome(({ immersion }) => {
    assert.is(immersion(['import', 'ndjson', '-'], { input: ndjson(evening()) }).status, 0)
    const daily = () => immersion(['stats', 'daily']).stdout
    assert.match(daily(), '2026-02-04')
    assert.match(immersion(['config', 'set', 'dailyDays', '1']).stdout, 'dailyDays = 1;')
    assert.match(daily(), '2026-02-04')
    immersion(['retain'])
    immersion(['retain'])
    assert.match(daily(), /No days here\.\nBefore \d{4}-\d\d-\d\d no days by video are kept/)
    assert.match(immersion(['config', 'set', 'dailyDays', '0']).stdout, 'dailyDays = 0;')
    assert.match(daily(), '2026-02-04')
    assert.is(immersion(['config', 'get', 'dailyDays']).stdout, '0\n')
    assert.match(
      immersion(['config', 'list']).stdout,
      'detailDays = 7\ntelemetryDays = 30\ndailyDays = 0\nmonthlyMonths = 60',
    )
    const refused = immersion(['config', 'set', 'detailDays', 'soon'])
    assert.is(refused.status, 2)
    assert.match(refused.stderr, 'retention.detailMs is NaN; allowed is 0 to')
  }))

test.run()
