// The three facades of a store: analytics, corrections and maintenance. Each hands its calls to the store's client, and is
// made from the list of its methods, so that a method is not written here again. Arguments are copied as plain data first,
// so that a call fails in the same way whether the database is in this thread or in another.

import { callEngine, engineCalls, MAINTENANCE_METHOD_NAMES, type OnProgress } from '../engine/engine-calls.js'
import type { StoreClient } from '../engine/engine-client.js'
import { refusal } from '../events/argument-checks.js'
import { uuidV7 } from '../events/ids.js'
import type { NewEvent } from '../events/types.js'
import { ANALYTICS_QUERIES, type Analytics } from '../ports/analytics-types.js'
import { CORRECTION_METHODS, type CorrectionRequest, type Corrections } from '../ports/correction-types.js'
import type { Maintenance } from '../ports/store-types.js'
import { checkedRecords, recordsOf, takeRecords } from '../replicate/records.js'
import { hostValues, plainCopy, plainOptions, publicCall, publicValues } from './public-call.js'

export function createAnalytics(client: StoreClient): Analytics {
  return methodsOf<keyof Analytics, Analytics>(ANALYTICS_QUERIES, (query) => {
    // The query checks its own arguments, whatever they are.
    return (...args: Parameters<Analytics[typeof query]>) => publicCall(() => client.analyze(query, ...plainCopy(args)))
  })
}

/** Each call becomes a request with an id that is made here, so that a request that a dying thread left open can be sent again. */
export function createCorrections(client: StoreClient, nowMs: () => number): Corrections {
  const record = methodsOf<CorrectionRequest['method'], Omit<Corrections, 'list'>>(CORRECTION_METHODS, (method) => {
    return (...args: readonly unknown[]) =>
      publicCall(() => client.correct({ method, args: plainCopy(args), correctionId: uuidV7(nowMs()) }))
  })
  return { ...record, list: () => publicCall(() => client.listCorrections()) }
}

export function createMaintenance(client: StoreClient, onObserverFailed: (error: unknown) => void): Maintenance {
  return {
    ...engineCalls(MAINTENANCE_METHOD_NAMES, (method, args, onProgress) =>
      publicCall(() => callEngine(client, method, plainCopy(args), reporting(onProgress, onObserverFailed))),
    ),
    exportRecords: () => publicValues(() => recordsOf(client)),
    importRecords: (records, options) =>
      publicCall(() => {
        const { partial } = plainOptions(options)
        return takeRecords(checkedRecords(hostValues('records', records)), client, partial)
      }),
    exportEvents: () => publicValues(() => client.exportPages()),
    importEvents: (pages) => publicCall(() => importEvents(hostValues('events', pages), client)),
  }
}

function methodsOf<Name extends string, Facade extends object>(
  names: Readonly<Record<Name, true>>,
  methodOf: (name: Name) => unknown,
): Facade {
  // The names are those of the facade's methods (the record's type says so), and each method hands on its arguments.
  return Object.fromEntries(Object.keys(names).map((name) => [name, methodOf(name as Name)])) as Facade
}

/** A pass is not ended by a callback that throws. */
function reporting(onProgress: OnProgress | undefined, onObserverFailed: (error: unknown) => void) {
  if (onProgress === undefined) return undefined
  return (...progress: Parameters<OnProgress>) => {
    try {
      onProgress(...progress)
    } catch (error) {
      onObserverFailed(error)
    }
  }
}

/** Events that are appended in one transaction: an import of a lifetime must not hold the log's lock for minutes. */
const IMPORT_BATCH_EVENTS = 1000

async function importEvents(pages: AsyncIterable<readonly NewEvent[]>, client: StoreClient) {
  let appended = 0
  let present = 0
  for await (const page of pages) {
    if (!Array.isArray(page)) throw refusal('events', page, 'pages, each of them a list of events')
    const events = plainCopy(page)
    for (let from = 0; from < events.length; from += IMPORT_BATCH_EVENTS) {
      const answer = await client.append(events.slice(from, from + IMPORT_BATCH_EVENTS))
      appended += answer.appended
      present += answer.present
    }
  }
  return { appended, present }
}
