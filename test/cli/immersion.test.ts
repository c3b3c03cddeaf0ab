// The program `immersion` as a process: its exit codes, its output, the place of its database, and a log that goes out and
// comes back.

import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { evening, ndjson, SESSION } from './evening.js'
import { inHome, type Outcome, PROGRAM } from './home.js'

const test = suite('program immersion')

function countsOf({ stdout }: Outcome): readonly number[] {
  const { appended, present } = JSON.parse(stdout)
  return [appended, present]
}

test('an exported log imports into an empty one and exports again byte for byte the same', () => {
  return inHome((home) => {
    const lines = ndjson(evening())
    const imported = home.immersion(['--db', join(home.folder, 'a.sqlite'), 'import', 'ndjson', '-', '--json'], {
      input: lines,
    })
    assert.is(imported.status, 0, imported.stderr)
    assert.equal(countsOf(imported), [8, 0])
    const exported = home.immersion(['--db', join(home.folder, 'a.sqlite'), 'export', 'ndjson'])
    const [settings, ...events] = exported.stdout.split('\n')
    assert.is(JSON.parse(settings ?? '').settings.dayStartsAtHour, 4)
    assert.is(events.toSpliced(-2, 1).join('\n'), lines)
    assert.match(events.at(-2) ?? '', /^\{"end":\{"events":8,"summaries":0,"checksum":\d+\}\}$/)
    writeFileSync(join(home.folder, 'log.ndjson'), exported.stdout)
    home.immersion(['--db', join(home.folder, 'b.sqlite'), 'import', 'ndjson', join(home.folder, 'log.ndjson')])
    assert.is(home.immersion(['--db', join(home.folder, 'b.sqlite'), 'export', 'ndjson']).stdout, exported.stdout)
  })
})

test('a second import adds nothing', () => {
  return inHome((home) => {
    const input = ndjson(evening())
    home.immersion(['import', 'ndjson', '-'], { input })
    const again = home.immersion(['import', 'ndjson', '-', '--json'], { input })
    assert.equal(countsOf(again), [0, 8])
  })
})

test('an import stops at a damaged line, names it, and keeps the events before it', () => {
  return inHome((home) => {
    const events = evening()
    const damaged = ndjson(events).replace('"chars":3', '"chars":4')
    const outcome = home.immersion(['import', 'ndjson', '-'], { input: damaged })
    assert.is(outcome.status, 1)
    assert.match(outcome.stderr, /line 4/)
    assert.match(outcome.stderr, /IMPORT_INVALID/)
    const repaired = home.immersion(['import', 'ndjson', '-', '--json'], { input: ndjson(events) })
    assert.equal(countsOf(repaired), [5, 3])
  })
})

test('wrong usage ends with 2 and a failure with 1, and both print to stderr only', () => {
  return inHome((home) => {
    for (const args of [
      ['stats', 'nonsense'],
      ['stats', 'videos', '--limit', '0'],
      ['stats', 'daily', '--from', 'soon'],
      ['--tz', 'Mars/Olympus', 'stats'],
      ['config', 'set', 'colour', 'red'],
      ['--db', 'ftp://x', 'stats'],
      ['--db', 'postgres://me:secret@127.0.0.1/x?colour=red', 'stats'],
    ]) {
      const outcome = home.immersion(args)
      assert.is(outcome.status, 2, `${args}: ${outcome.stderr}`)
      assert.is(outcome.stdout, '')
      assert.not.match(outcome.stderr, /secret| {4}at /)
    }
    assert.match(home.immersion(['stats', 'nonsense']).stderr, "stats has no subcommand 'nonsense'")
    assert.is(home.immersion(['stats', 'session', SESSION]).status, 1)
    assert.is(home.immersion(['import', 'ndjson', '/nonexistent/file']).status, 2)
  })
})

test('the database is the one of --db, then IMMERSION_DB, then the data folder, readable by its owner only', () => {
  return inHome((home) => {
    const named = join(home.folder, 'named.sqlite')
    const surrounding = join(home.folder, 'surrounding.sqlite')
    home.immersion(['--db', `sqlite:${named}`, 'stats'], { env: { IMMERSION_DB: surrounding } })
    assert.ok(existsSync(named) && !existsSync(surrounding))
    home.immersion(['stats'], { env: { IMMERSION_DB: surrounding } })
    assert.ok(existsSync(surrounding))
    home.immersion(['stats'], { env: { IMMERSION_DB: '' } })
    const own = join(home.folder, 'data', 'immersion-log', 'immersion.sqlite')
    assert.is(statSync(own).mode & 0o777, 0o600)
  })
})

test('output that cannot be written is reported, and the command fails', () => {
  return inHome((home) => {
    home.immersion(['stats'])
    const env = { ...process.env, HOME: home.folder, XDG_DATA_HOME: join(home.folder, 'data'), IMMERSION_DB: '' }
    for (const args of [['stats', '--json'], ['export', 'ndjson'], ['--help']]) {
      const full = openSync('/dev/full', 'w')
      const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
        encoding: 'utf8',
        env,
        stdio: ['ignore', full, 'pipe'],
      })
      closeSync(full)
      assert.is(status, 1, args.join(' '))
      assert.match(stderr, /^immersion: The output cannot be written: .*ENOSPC.*\(STORAGE_FAILED\)/, args.join(' '))
    }
  })
})

test('the sessions of one profile are not seen in another', () => {
  return inHome((home) => {
    home.immersion(['--profile', 'kai', 'import', 'ndjson', '-'], { input: ndjson(evening()) })
    const sessionsOf = (profile: string) =>
      JSON.parse(home.immersion(['--profile', profile, 'stats', 'sessions', '--json']).stdout).sessions.length
    assert.is(sessionsOf('kai'), 1)
    assert.is(sessionsOf('default'), 0)
    assert.equal(home.immersion(['profiles']).stdout, 'default\nkai\n')
  })
})

test('verify and doctor end with 1 when a row was changed from outside, and rebuild repairs it', () => {
  return inHome((home) => {
    const path = join(home.folder, 'log.sqlite')
    const run = (...args: string[]) => home.immersion(['--db', path, ...args])
    home.immersion(['--db', path, 'import', 'ndjson', '-'], { input: ndjson(evening()) })
    assert.is(run('verify').status, 0)
    assert.is(run('doctor').status, 0, run('doctor').stdout)
    const database = new Sqlite(path)
    database.prepare('update rows_daily_v1 set line_count = line_count + 1').run()
    database.close()
    const verified = run('verify')
    assert.is(verified.status, 1)
    assert.match(verified.stdout, /row of daily@1 .*猫/)
    assert.is(run('doctor').status, 1)
    assert.match(run('rebuild').stdout, /daily@1: 0 rows added, 0 removed, 1 corrected/)
    assert.is(run('verify').status, 0)
    assert.match(run('rebuild').stdout, /Nothing differed/)
  })
})

test('doctor prints the configuration even when the database cannot be opened', () => {
  return inHome((home) => {
    const path = join(home.folder, 'broken.sqlite')
    writeFileSync(
      path,
      'this is no database, but long enough to be read as the header of one, and it goes on and on and on',
    )
    const outcome = home.immersion(['--db', path, 'doctor'])
    assert.is(outcome.status, 1)
    assert.match(outcome.stdout, /STORAGE_CORRUPT/)
    assert.match(outcome.stdout, /time zone +UTC/)
    assert.match(readFileSync(path, 'utf8'), /^this is no database/)
  })
})

test('settings are kept in the configuration file and used', () => {
  return inHome((home) => {
    assert.is(home.immersion(['config', 'set', 'profile', 'kai']).status, 0)
    assert.is(home.immersion(['config', 'set', 'ignore', '*trailer*, *sample*']).status, 0)
    assert.equal(JSON.parse(readFileSync(join(home.folder, 'config', 'immersion-log', 'config.json'), 'utf8')), {
      profile: 'kai',
      track: { ignore: ['*trailer*', '*sample*'] },
    })
    home.immersion(['stats'])
    assert.is(home.immersion(['profiles']).stdout, 'kai\n')
    home.immersion(['config', 'unset', 'profile'])
    assert.is(home.immersion(['config', 'get', 'profile']).stdout, '\n')
  })
})

test.run()
