// Reads the export page by page: each page begins after the last event of the one before. Shared by the engine in this
// process and the client across threads.

import type { NewEvent } from '../events/types.js'
import type { LogEngine } from '../ports/log-engine.js'

/** Some 100 KiB: large enough that the call costs nothing beside the answer. */
const EXPORT_PAGE_EVENTS = 1000

export async function* exportPages(ask: LogEngine['exportPage']): AsyncGenerator<readonly NewEvent[], void, void> {
  let after: Pick<NewEvent, 'streamId' | 'version'> | undefined = { streamId: '', version: 0 }
  while (after !== undefined) {
    const page: readonly NewEvent[] = await ask({
      afterStreamId: after.streamId,
      afterVersion: after.version,
      limit: EXPORT_PAGE_EVENTS,
    })
    if (page.length > 0) yield page
    after = page.length === EXPORT_PAGE_EVENTS ? page.at(-1) : undefined
  }
}
