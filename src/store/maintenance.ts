// The long and rare work of a store, as the application calls it: rebuild, verify, retention, settings, export and import. All of it
// is done behind the client, on threads of its own where the adapter allows that.

import type { StoreClient } from '../engine/engine-client.js'
import type { NewEvent } from '../events/types.js'
import { checkNewEvent } from '../events/validation.js'
import type { Maintenance, PassProgress } from '../ports/store-types.js'
import { recordsOf, takeRecords } from '../replicate/records.js'

/** Events that are appended in one transaction: an import of a lifetime must not hold the log's lock for minutes. */
const IMPORT_BATCH_EVENTS = 1000

export function createMaintenance(client: StoreClient, onObserverFailed: (error: unknown) => void): Maintenance {
  const guarded = (onProgress?: (progress: PassProgress) => void) => (progress: PassProgress) => {
    try {
      onProgress?.(progress)
    } catch (error) {
      onObserverFailed(error)
    }
  }

  async function importEvents(pages: AsyncIterable<readonly NewEvent[]>) {
    let appended = 0
    let present = 0
    for await (const page of pages) {
      for (let from = 0; from < page.length; from += IMPORT_BATCH_EVENTS) {
        const answer = await client.append(page.slice(from, from + IMPORT_BATCH_EVENTS).map(checkNewEvent))
        appended += answer.appended
        present += answer.present
      }
    }
    return { appended, present }
  }

  return {
    rebuild: (options = {}) => client.rebuild(options),
    verify: ({ onProgress } = {}) => client.verify(guarded(onProgress)),
    retain: ({ onProgress, ...options } = {}) => client.retain(options, guarded(onProgress)),
    settings: client.settings,
    configure: client.configure,
    exportRecords: () => recordsOf(client),
    importRecords: (records) => takeRecords(records, client),
    exportEvents: client.exportPages,
    importEvents,
    stats: client.stats,
    profiles: client.profiles,
    deleteProfile: client.deleteProfile,
  }
}
