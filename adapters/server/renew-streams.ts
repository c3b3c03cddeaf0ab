// Runs on a server the part of step 2 of the schema that SQL cannot do (adapters/sql/stream-step.ts). Frozen with the step.

import type { SqlDialect } from '../sql/dialect.js'
import {
  SELECT_STREAMS_OF_STEP_2,
  STREAMS_PER_PAGE,
  streamOfStep2,
  UPDATE_STREAM_OF_STEP_2,
} from '../sql/stream-step.js'
import type { ServerConnection } from './connection.js'

/** Within a transaction. */
export async function renewStreams(connection: ServerConnection, { text }: SqlDialect): Promise<void> {
  let [profileId, stream] = [0, 0]
  for (;;) {
    const page = (await connection.query(text(SELECT_STREAMS_OF_STEP_2), [profileId, profileId, stream])).rows
    await Promise.all(page.map((row) => connection.query(text(UPDATE_STREAM_OF_STEP_2), streamOfStep2(row))))
    const last = page.at(-1)
    if (last === undefined || page.length < STREAMS_PER_PAGE) return // Integers by the schema.
    ;[profileId, stream] = last as readonly [number, number]
  }
}
