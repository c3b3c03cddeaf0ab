// `immersion export csv` and `immersion import csv`, as a learner types them who has kept a spreadsheet so far.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { evening, ndjson, SESSION } from './evening.js'
import { inHome } from './home.js'

const test = suite('command csv')

test('a hand-kept log is imported beside a tracked session, and tables hold both', () =>
  inHome(({ folder, immersion }) => {
    const [log, out] = [join(folder, 'log.csv'), join(folder, 'days.csv')]
    assert.is(immersion(['import', 'ndjson', '-'], { input: ndjson(evening()) }).status, 0)
    writeFileSync(log, '\ufeffDate;Title;Minutes;Cards;Notes\r\n2026-02-04;=Ponyo;12,5;2;nice\r\n')

    const refused = immersion(['import', 'csv', log])
    assert.is(refused.status, 1)
    assert.match(refused.stderr, 'line 1, Notes: is no column of a log')
    assert.match(refused.stderr, 'IMPORT_INVALID')
    assert.match(refused.stderr, '--ignore')

    const args = ['import', 'csv', log, '--language', 'ja', '--ignore', 'notes']
    const taken = immersion(args)
    assert.is(taken.status, 0, taken.stderr)
    assert.is(taken.stdout, '1 row read: 1 added, 0 already present.\n')
    assert.equal(JSON.parse(immersion([...args, '--json']).stdout), { rows: 1, added: 0, present: 1 })

    const sessions = immersion(['export', 'csv', 'sessions'])
    assert.match(sessions.stderr, '1 row of sessions exported')
    const [header, line, end] = sessions.stdout.split('\n')
    assert.match(
      header ?? '',
      /^session_id,date,video_key,title,series,language,started_at,ended_at,status,active_minutes,/,
    )
    const began = `${SESSION},2026-02-04,local:/tv/猫.mkv,猫と港町 1,猫と港町,ja,2026-02-04T05:00:00+09:00`
    assert.is(line, `${began},2026-02-04T05:01:00+09:00,ended,1,1,0,2,7,3,1,1,1,420,3,60`)
    assert.is(end, '')

    const days = immersion(['export', 'csv', 'days', '--bom', '--out', out])
    assert.is(days.stdout, '')
    const written = readFileSync(out, 'utf8')
    assert.is(written.slice(0, 6), '\ufeffdate,')
    assert.match(written, "2026-02-04,csv:=Ponyo,'=Ponyo,ja,0,12.5,12.5,0,0,0,0,2,")
    assert.match(immersion(['export', 'csv', 'videos', '--out', out]).stderr, 'exists already')
    assert.is(readFileSync(out, 'utf8'), written)
    assert.is(immersion(['verify']).status, 0)
  }))

test('a table that does not exist and a file that is not UTF-8 are refused', () =>
  inHome(({ folder, immersion }) => {
    const file = join(folder, 'log.csv')
    assert.is(immersion(['export', 'csv', 'years', '--out', file]).status, 2)
    assert.not(existsSync(file))
    writeFileSync(file, Buffer.from('date,title,minutes\n2026-01-01,A,3\n', 'utf16le'))
    writeFileSync(file, Buffer.concat([Buffer.from([0xff, 0xfe]), readFileSync(file)]))
    const refused = immersion(['import', 'csv', file])
    assert.is(refused.status, 1)
    assert.match(refused.stderr, 'is not UTF-8 (IMPORT_INVALID)')
  }))

test.run()
