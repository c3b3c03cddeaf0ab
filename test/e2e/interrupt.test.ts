// Ctrl-C while another program holds the database's lock: events are recorded if the lock is released in time, and the
// exit code says whether they were.

import * as path from 'node:path'
import Database from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SessionsAnswer } from '../../src/ports/analytics-types.js'
import { immersionJson, type RunningCommand } from '../support/immersion-command.js'
import { until } from '../support/until.js'
import { withTrackedFeed } from './tracked-feed.js'

const test = suite('Ctrl-C')

interface Scene {
  readonly folder: string
  readonly tracking: RunningCommand
  say(text: string): void
  /** Takes the database's lock, and returns the function that releases it. */
  lock(): () => void
}

async function inScene(work: (scene: Scene) => Promise<void>): Promise<void> {
  const holders: Database.Database[] = []
  try {
    await withTrackedFeed('A novel', ({ folder, tracking, client }) =>
      work({
        folder,
        tracking,
        say: (text) => client.send(text),
        lock() {
          const holder = new Database(path.join(folder, 'log.db'))
          holders.push(holder)
          holder.exec('begin immediate')
          return () => holder.exec('rollback')
        },
      }),
    )
  } finally {
    for (const holder of holders) holder.close()
  }
}

test('events that wait for a lock are recorded once it is released, and the exit code is 0', () =>
  inScene(async ({ folder, tracking, say, lock }) => {
    const release = lock()
    say('一行目の文です。')
    await until('the session begins', () => tracking.stderr().includes('Tracking A novel'))
    tracking.process.kill('SIGINT')
    await until('it says that it waits', () => tracking.stderr().includes('Writing the last events'))
    release()
    assert.is(await tracking.exited, 0, tracking.stderr())
    const { sessions } = (await immersionJson(folder, ['stats', 'sessions'])) as SessionsAnswer
    assert.equal(
      sessions.map(({ status, measures }) => [status, measures.lines]),
      [['ended', 1]],
    )
  }))

test('a lock that stays ends the wait: the number of lost events and the reason are printed, with exit code 1', () =>
  inScene(async ({ tracking, say, lock }) => {
    lock()
    say('一行目の文です。')
    await until('the session begins', () => tracking.stderr().includes('Tracking A novel'))
    tracking.process.kill('SIGINT')
    assert.is(await tracking.exited, 1, tracking.stderr())
    assert.match(tracking.stderr(), /events were not yet written\. \(CLOSE_TIMEOUT\)/)
    assert.match(tracking.stderr(), /The database last said: .*locked/)
  }))

test('a second Ctrl-C leaves at once, by the signal, which shells report as 130', () =>
  inScene(async ({ tracking, say, lock }) => {
    lock()
    say('一行目の文です。')
    await until('the session begins', () => tracking.stderr().includes('Tracking A novel'))
    tracking.process.kill('SIGINT')
    await until('it says that it waits', () => tracking.stderr().includes('Ctrl-C again to quit immediately'))
    tracking.process.kill('SIGINT')
    await tracking.exited
    assert.is(tracking.process.signalCode, 'SIGINT', tracking.stderr())
  }))

test.run()
