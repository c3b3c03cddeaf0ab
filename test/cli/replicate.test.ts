// `immersion copy` and `immersion merge`, as a learner types them who has a second computer.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checksumOf } from '../../src/events/checksum.js'
import type { NewEvent } from '../../src/events/types.js'
import { evening, ndjson, SESSION } from './evening.js'
import { type Home, inHome } from './home.js'

const test = suite('command replicate')

const OTHER = SESSION.replace(/1$/, '2')

function sessionsIn({ immersion }: Home, db: string): string {
  return immersion(['stats', 'sessions', '--json', '--db', db]).stdout.replace(/"asOfRevision": \d+/, '')
}

test('copy carries a log with its settings, and --verify finds a row that was changed in the copy', () =>
  inHome((home) => {
    const { folder, immersion } = home
    const [here, there] = [join(folder, 'here.sqlite'), join(folder, 'there.sqlite')]
    assert.is(immersion(['import', 'ndjson', '-', '--db', here], { input: ndjson(evening()) }).status, 0)
    assert.is(immersion(['config', 'set', 'dayStartsAtHour', '6', '--db', here]).status, 0)
    const copied = immersion(['copy', '--from', here, '--to', there])
    assert.is(copied.status, 0, copied.stderr)
    assert.match(
      copied.stdout,
      /^Carried 8 events in .*\n1 stream in the source: 1 equal\.\nEverything arrived, and both logs are sound\./,
    )
    assert.is(sessionsIn(home, there), sessionsIn(home, here))
    assert.is(immersion(['config', 'get', 'dayStartsAtHour', '--db', there]).stdout, '6\n')
    assert.match(immersion(['copy', '--from', here, '--to', there]).stdout, 'Carried 0 events')
    assert.is(immersion(['copy', '--verify', '--from', here, '--to', there]).status, 0)
    const database = new Database(there)
    database.exec('update ledger set line_count = line_count + 1')
    database.close()
    const { status, stdout } = immersion(['copy', '--verify', '--from', here, '--to', there])
    assert.is(status, 1)
    assert.match(stdout, /The target has \d+ damaged place/)
  }))

test('merge joins two logs in both directions, from a database and from an exported file', () =>
  inHome((home) => {
    const { folder, immersion } = home
    const [desktop, laptop, file] = [
      join(folder, 'desktop.sqlite'),
      join(folder, 'laptop.sqlite'),
      join(folder, 'laptop.ndjson'),
    ]
    assert.is(immersion(['import', 'ndjson', '-', '--db', desktop], { input: ndjson(evening()) }).status, 0)
    assert.is(immersion(['import', 'ndjson', '-', '--db', laptop], { input: ndjson(evening(OTHER)) }).status, 0)
    assert.is(immersion(['merge', '--from', laptop, '--db', desktop]).status, 0)
    assert.match(immersion(['merge', '--from', desktop, '--db', laptop]).stdout, 'Carried 8 events')
    assert.is(sessionsIn(home, desktop), sessionsIn(home, laptop))
    assert.match(immersion(['copy', '--from', laptop, '--to', file]).stdout, 'Wrote')
    assert.is(readFileSync(file, 'utf8').split('\n').length, 1 + 16 + 1 + 1)
    assert.match(immersion(['merge', '--from', file, '--db', desktop]).stdout, '0 events added, 16 already present')
    const refused = immersion(['copy', '--from', laptop, '--to', file])
    assert.is(refused.status, 2)
    assert.match(refused.stderr, 'exists already')
    // An exported file cannot be compared, so --verify must not merge it.
    assert.is(immersion(['merge', '--verify', '--from', file, '--db', desktop]).status, 2)
  }))

test('a session that went on in two copies of a log is a conflict until the learner says what to keep', () =>
  inHome((home) => {
    const { folder, immersion } = home
    const [mine, theirs, file] = [join(folder, 'mine.sqlite'), join(folder, 'theirs.sqlite'), join(folder, 'f.ndjson')]
    const [first, ...rest] = evening()
    // In the copy, the line at version 3 had 9 characters instead of 4.
    const other = [first, ...rest].map((one) => (one?.version === 3 ? longerLine(one) : one)) as readonly NewEvent[]
    assert.is(immersion(['import', 'ndjson', '-', '--db', mine], { input: ndjson(evening()) }).status, 0)
    assert.is(immersion(['import', 'ndjson', '-', '--db', theirs], { input: ndjson(other) }).status, 0)
    const way = ['--from', theirs, '--db', mine]
    for (const args of [
      ['merge', ...way],
      ['merge', '--verify', ...way],
      ['copy', '--verify', '--from', theirs, '--to', mine],
    ]) {
      const { status, stdout } = immersion(args)
      assert.is(status, 1)
      assert.match(stdout, 'CONFLICT in 1 stream')
      assert.match(
        stdout,
        new RegExp(
          `${SESSION}\n    source: versions 1-8 until 2026-02-03 20:01 UTC, 1 min active, 2 lines, 12 characters`,
        ),
      )
      assert.match(stdout, /target: versions 1-8 .* 7 characters/)
      assert.not.match(stdout, 'Everything arrived')
    }
    assert.is(immersion(['copy', '--from', theirs, '--to', file]).status, 0)
    const refused = immersion(['merge', '--from', file, '--db', mine])
    assert.is(refused.status, 1)
    assert.match(refused.stderr, 'VERSION_CONFLICT')
    assert.is(immersion(['merge', ...way, '--keep', 'neither']).status, 2)
    assert.is(immersion(['merge', ...way, '--keep', 'both', '--verify']).status, 2)
    assert.is(immersion(['merge', '--from', file, '--db', mine, '--keep', 'both']).status, 2)
    const charsIn = (db: string) =>
      JSON.parse(immersion(['stats', 'overview', '--json', '--db', db]).stdout).total.measures.chars
    assert.is(immersion(['merge', ...way, '--keep', 'target']).status, 0)
    assert.is(charsIn(mine), 7)
    assert.is(immersion(['merge', ...way, '--keep', 'both']).status, 0)
    // The second session has its start, and everything from the changed line on.
    assert.is(charsIn(mine), 7 + 12)
    assert.is(immersion(['merge', ...way]).status, 0)
    assert.is(immersion(['merge', '--from', mine, '--db', theirs, '--keep', 'source']).status, 0)
    assert.is(charsIn(theirs), 7 + 12)
  }))

function longerLine(line: NewEvent): NewEvent {
  const content = { ...line, measures: { ...line.measures, chars: 9 } }
  return { ...content, checksum: checksumOf(content) }
}

test('a pruned log survives an export and an import, and a damaged file is refused by its line', () =>
  inHome((home) => {
    const { folder, immersion } = home
    const [here, there, file] = [join(folder, 'here.sqlite'), join(folder, 'there.sqlite'), join(folder, 'here.ndjson')]
    assert.is(immersion(['import', 'ndjson', '-', '--db', here], { input: ndjson(evening()) }).status, 0)
    immersion(['retain', '--db', here])
    assert.match(immersion(['retain', '--db', here]).stdout, '4 events, 1 heartbeat')
    const { stdout, stderr } = immersion(['export', 'ndjson', '--db', here])
    assert.match(stderr, '3 events and 1 pruned summary exported')
    writeFileSync(file, stdout)
    assert.match(
      immersion(['copy', '--from', file, '--to', there]).stdout,
      '3 events added, 0 already present, and 1 pruned summary applied.',
    )
    assert.is(sessionsIn(home, there), sessionsIn(home, here))
    assert.is(immersion(['export', 'ndjson', '--db', there]).stdout, stdout)
    writeFileSync(file, stdout.replace('"versions":"', '"versions":"x'))
    const refused = immersion(['import', 'ndjson', file, '--db', join(folder, 'new.sqlite')])
    assert.is(refused.status, 1)
    assert.match(refused.stderr, 'IMPORT_INVALID')
    assert.match(refused.stderr, 'line 5 is not of an exported log')
    assert.match(refused.stderr, 'Nothing was imported.')
    assert.is(sessionsIn(home, join(folder, 'new.sqlite')).includes(SESSION), false)
  }))

test('a file that was cut is refused before anything is written, a pipe says what was imported, and --partial takes a part', () =>
  inHome((home) => {
    const { folder, immersion } = home
    const [here, file] = [join(folder, 'here.sqlite'), join(folder, 'cut.ndjson')]
    assert.is(immersion(['import', 'ndjson', '-', '--db', here], { input: ndjson(evening()) }).status, 0)
    const lines = immersion(['export', 'ndjson', '--db', here]).stdout.split('\n')
    // Settings, 8 events, the end, and the empty text behind the last newline.
    assert.is(lines.length, 1 + 8 + 1 + 1)
    const cut = lines.slice(0, 6).join('\n')
    writeFileSync(file, cut)
    const there = ['--db', join(folder, 'there.sqlite')]
    for (const args of [
      ['import', 'ndjson', file, ...there],
      ['merge', '--from', file, ...there],
      ['copy', '--from', file, '--to', join(folder, 'there.sqlite')],
    ]) {
      const { status, stderr } = immersion(args)
      assert.is(status, 1)
      assert.match(stderr, 'its end line is missing')
      assert.match(stderr, 'IMPORT_INCOMPLETE')
      assert.match(stderr, 'Nothing was imported.')
    }
    assert.is(immersion(['stats', 'sessions', ...there]).stdout.includes('猫'), false)
    const piped = immersion(['import', 'ndjson', '-', ...there], { input: cut })
    assert.is(piped.status, 1)
    assert.match(piped.stderr, '5 new events and 0 pruned summaries of it were imported')
    const partial = immersion(['import', 'ndjson', file, '--partial', ...there])
    assert.is(partial.status, 0, partial.stderr)
    assert.match(partial.stdout, '0 events added, 5 already present.\nIt was imported as a part')
    for (const [input, says] of [
      [lines.join('\n'), /3 events added, 5 already present\.\n$/],
      // As an earlier version exported it.
      [lines.slice(1, 9).join('\n'), /0 events added, 8 already present\.\nIt has no end line/],
    ] as const) {
      assert.match(immersion(['import', 'ndjson', '-', ...there], { input }).stdout, says)
    }
  }))

test('copy --all-profiles copies and verifies every profile', () =>
  inHome((home) => {
    const { folder, immersion } = home
    const [here, there] = [join(folder, 'here.sqlite'), join(folder, 'there.sqlite')]
    for (const profile of ['mum', 'まりこ']) {
      const args = ['import', 'ndjson', '-', '--db', here, '--profile', profile]
      assert.is(immersion(args, { input: ndjson(evening()) }).status, 0)
    }
    const copied = immersion(['copy', '--all-profiles', '--from', here, '--to', there])
    assert.match(copied.stdout, /mum:\nCarried 8 events[\s\S]*まりこ:\nCarried 8 events/)
    assert.match(immersion(['profiles', '--db', there]).stdout, 'まりこ')
    const missing = immersion(['copy', '--from', join(folder, 'none.sqlite'), '--to', there])
    assert.is(missing.status, 1)
    assert.match(missing.stderr, 'STORAGE_UNAVAILABLE')
  }))

test.run()
