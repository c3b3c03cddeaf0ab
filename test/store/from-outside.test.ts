// Every way into a log from outside refuses the same events, on every database, and records nothing of them.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rowTableOf } from '../../src/engine/built-in-projections.js'
import { checksumOf } from '../../src/events/checksum.js'
import type { NewEvent } from '../../src/events/types.js'
import type { LogEngine } from '../../src/ports/log-engine.js'
import type { ImmersionTrackingStore } from '../../src/ports/store-types.js'
import { recordsOfLines } from '../../src/replicate/ndjson.js'
import { replicate } from '../../src/replicate/replicate.js'
import { Forwarder } from '../../src/spool/forward.js'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'
import { importRecords } from '../../src/store/replication.js'
import { engineOn } from '../replicate/logs.js'
import { BACKENDS, type Backend, type FreshLog, MEMORY, withFreshLog } from '../support/backends.js'
import { BUILT_IN_PROJECTIONS } from '../support/built-in-projections.js'
import { event, idOf, line, started } from '../support/engine-logs.js'
import { requires } from '../support/requires.js'

const test = suite('from outside')

const ID = idOf(1)
const GOOD = started(ID, 1, 'local:/a', 'ja')

/** The second event of the session with changes, and with the checksum of what it then says. */
function changed(changes: Readonly<Record<string, unknown>>): NewEvent {
  const content = { ...line(ID, 2), ...changes } as NewEvent
  return { ...content, checksum: checksumOf(content) }
}

const payloadOf = (payload: unknown) => JSON.stringify({ json: payload })

const BAD: Readonly<Record<string, NewEvent>> = {
  'a wrong checksum': { ...line(ID, 2), checksum: 7 },
  'no checksum': { ...line(ID, 2), checksum: undefined as never },
  'version 0': changed({ version: 0 }),
  'a version that is no integer': changed({ version: 1.5 }),
  'a version beyond 32 bits': changed({ version: 2 ** 40 }),
  'a negative measure': changed({ measures: { chars: -5 } }),
  'a measure that is no integer': changed({ measures: { chars: 0.5 } }),
  'a measure beyond 32 bits': changed({ measures: { chars: 2 ** 31 } }),
  'an unknown measure': changed({ measures: { kilos: 1 } }),
  'an unknown type': changed({ type: 'subtitle.hidden' }),
  'a type of the prototype': changed({ type: 'constructor' }),
  'a payload that is no JSON': changed({ payload: '{"json":' }),
  'a payload of a wrong field': changed({ payload: payloadOf({ wrong: 1 }) }),
  'a payload of a wrong value': changed({ payload: payloadOf({ text: 5 }) }),
  'a payload that is too long': changed({ payload: payloadOf({ text: 'x'.repeat(300) }) }),
  'a start without a video': changed({ type: 'session.started', payload: payloadOf({ targetLanguage: 'ja' }) }),
  'a correction without a payload': changed({
    streamId: idOf(2),
    type: 'stream.discarded',
    payload: null,
    measures: {},
  }),
  'a payload of a newer version': changed({ payloadVersion: 9 }),
  'a moment before 1970': changed({ occurredAtMs: -1 }),
  'a moment beyond all quarters': changed({ occurredAtMs: 2 ** 47 }),
  'an adjustment beyond all quarters': event(idOf(2), 1, {
    type: 'session.adjusted',
    measures: { lines: 1 },
    payload: { videoKey: 'local:/a', date: '2026-01-01', countedAtMs: 2 ** 50 },
  }),
  'an offset that no clock has': changed({ utcOffsetMin: 7 }),
  'a stream that is no UUID': changed({ streamId: ID.replace('0', 'A') }),
  'a field that no event has': { ...line(ID, 2), position: 5 } as NewEvent,
}

interface Target {
  readonly engine: LogEngine
  readonly store: ImmersionTrackingStore
  readonly config: { readonly storage: Readonly<Record<string, unknown>> }
}

/** A log from which replication gets whatever is in `events`. */
async function hostileSource(source: LogEngine, events: readonly NewEvent[]): Promise<LogEngine> {
  await source.append([GOOD, line(ID, 2)])
  return { ...source, streamEvents: async () => events }
}

async function* pagesOf<T>(...values: readonly T[]) {
  yield* values
}

const ENTRY_POINTS: Readonly<
  Record<string, (target: Target, events: readonly NewEvent[], source: LogEngine) => Promise<unknown>>
> = {
  'append of the engine': ({ engine }, events) => engine.append(events),
  'maintenance.importEvents': ({ store }, events) => store.maintenance.importEvents(pagesOf(events)),
  'maintenance.importRecords': ({ store }, events) =>
    store.maintenance.importRecords(pagesOf(...events.map((one) => ({ kind: 'event', event: one }) as const))),
  importRecords: ({ config }, events) =>
    importRecords(config, () => pagesOf(...events.map((one) => ({ kind: 'event', event: one }) as const)), {
      readableAgain: true,
    }),
  'an import of lines': ({ config }, events) =>
    importRecords(config, () => recordsOfLines(pagesOf(...events.map((one) => JSON.stringify(one)))), {
      readableAgain: true,
    }),
  merge: async ({ engine }, events, source) => replicate(await hostileSource(source, events), engine),
  spool: async ({ engine }, events, source) => {
    const { refused } = await new Forwarder(await hostileSource(source, events), engine).forwardAll()
    throw refused[0]?.error
  },
}

async function withTarget(backend: Backend, work: (target: Target) => Promise<void>): Promise<void> {
  await withFreshLog(backend, async ({ storage }) => {
    const config = { storage: { provider: backend.provider, ...storage } }
    const store = await openImmersionTrackingStore({ ...config, retention: { runEveryMs: 0 } })
    const log = await openLog(backend, { storage })
    try {
      await work({ engine: await engineOn(log), store, config })
    } finally {
      await log.close()
      await store.close()
    }
  })
}

async function openLog(backend: Backend, { storage }: Pick<FreshLog, 'storage'>) {
  const adapter = await backend.adapter()
  return adapter.openEventLog({ storage, tables: BUILT_IN_PROJECTIONS.map(rowTableOf), readOnly: false })
}

for (const backend of BACKENDS) {
  const withBackend = requires(test, ...backend.requirements)
  for (const [entryPoint, take] of Object.entries(ENTRY_POINTS)) {
    withBackend(`${backend.provider}: ${entryPoint} refuses what no log records, and changes nothing`, () =>
      withTarget(backend, async (target) => {
        for (const [what, bad] of Object.entries(BAD)) {
          await withFreshLog(MEMORY, async ({ storage }) => {
            const log = await openLog(MEMORY, { storage })
            const error = await take(target, [bad], await engineOn(log)).then(
              () => 'it was taken',
              (thrown) => thrown,
            )
            assert.is(error?.code ?? error, 'IMPORT_INVALID', `${what}: ${error}`)
            await log.close()
          })
        }
        assert.equal((await target.engine.listStreams({ after: 0, limit: 10 })).streams, [])
        const report = await target.engine.verify()
        assert.equal([report.damage, report.events], [[], 0])
      }),
    )
  }
}

test.run()
