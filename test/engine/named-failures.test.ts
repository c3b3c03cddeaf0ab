// Which code a failure gets: the engine's own defects are INTERNAL, the failures of an adapter are the storage's.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adapter as memory } from '../../adapters/memory/adapter.js'
import { withNamedFailures } from '../../src/engine/named-failures.js'
import { ImmersionError } from '../../src/events/errors.js'
import type { EventLog, EventLogAdapter, LogSnapshot } from '../../src/ports/event-log.js'

const test = suite('named failures')

const PROFILE = 'p'
const OPEN = { storage: {}, tables: [], readOnly: false }

function failingIn(part: Partial<EventLog>): EventLogAdapter {
  return {
    ...memory,
    async openEventLog(options) {
      const log = await memory.openEventLog(options)
      return {
        profiles: () => log.profiles(),
        openProfile: (profile, settings) => log.openProfile(profile, settings),
        read: (profile, work) => log.read(profile, work),
        commit: (profile, writes) => log.commit(profile, writes),
        update: (profile, work) => log.update(profile, work),
        deleteProfile: (profile) => log.deleteProfile(profile),
        stats: () => log.stats(),
        close: () => log.close(),
        ...part,
      }
    },
  }
}

async function openFailing(part: Partial<EventLog>, isBuiltIn: boolean): Promise<EventLog> {
  const log = await withNamedFailures(failingIn(part), isBuiltIn).openEventLog(OPEN)
  await log.openProfile(PROFILE, { dayStartsAtHour: 4 })
  return log
}

async function errorOf(work: Promise<unknown>): Promise<ImmersionError> {
  const outcome = await work.then(
    () => null,
    (error: unknown) => ImmersionError.from(error),
  )
  if (outcome === null) throw new Error('nothing was thrown')
  return outcome
}

const lost = () => Promise.reject(new TypeError('fetch failed'))
const unnamed = () => Promise.reject(new Error("Can't add new command when connection is in closed state"))

test('a TypeError of an adapter that a program brings is a failure of the storage, of a built-in one a defect', async () => {
  for (const [isBuiltIn, code] of [
    [false, 'STORAGE_FAILED'],
    [true, 'INTERNAL'],
  ] as const) {
    const log = await openFailing({ stats: lost, profiles: unnamed }, isBuiltIn)
    const error = await errorOf(log.stats())
    assert.equal([error.code, (error.cause as Error).message], [code, 'fetch failed'])
    assert.is((await errorOf(log.profiles())).code, 'STORAGE_FAILED')
  }
})

test('an error with a code keeps it, wherever it is thrown', async () => {
  const busy = () => Promise.reject(new ImmersionError('STORAGE_BUSY', 'wait'))
  const log = await openFailing({ stats: busy }, false)
  assert.is((await errorOf(log.stats())).code, 'STORAGE_BUSY')
  assert.is((await errorOf(log.read(PROFILE, busy))).code, 'STORAGE_BUSY')
})

test('what the work of a read or an update throws is a defect, also above the adapter of a program', async () => {
  const log = await openFailing({}, false)
  const defect = async (snapshot: LogSnapshot) => {
    await snapshot.head()
    throw new TypeError('mine')
  }
  for (const call of [log.read(PROFILE, defect), log.update(PROFILE, defect)]) {
    const error = await errorOf(call)
    assert.equal([error.code, error.message], ['INTERNAL', 'mine'])
  }
})

test('what a snapshot throws within the work is the adapter’s, so an adapter may give it a code afterwards', async () => {
  const failing = (code: 'STORAGE_CORRUPT' | null): Partial<EventLog> => ({
    async read(_profile, work) {
      try {
        // A snapshot of which one call is made: it fails.
        return await work({ head: lost } as unknown as LogSnapshot)
      } catch (cause) {
        throw code === null ? cause : new ImmersionError(code, 'damaged', { cause })
      }
    },
  })
  const read = async (code: 'STORAGE_CORRUPT' | null) =>
    (await errorOf((await openFailing(failing(code), false)).read(PROFILE, (snapshot) => snapshot.head()))).code
  assert.is(await read(null), 'STORAGE_FAILED')
  assert.is(await read('STORAGE_CORRUPT'), 'STORAGE_CORRUPT')
})

test.run()
