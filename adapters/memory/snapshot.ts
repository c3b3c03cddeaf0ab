// Answers queries about one state of a profile, in the orders that the port defines.

import type { EventQuery, Head, LogSnapshot, RowQuery, RowTable, StreamQuery } from '../../src/ports/event-log.js'
import { narrowStreams } from '../port/queries.js'
import { unknownProjection } from '../port/refusals.js'
import { compareByBytes } from './byte-order.js'
import { answerRowQuery } from './row-query.js'
import { firstAfter, type ProfileState } from './writer.js'

export class MemorySnapshot implements LogSnapshot {
  readonly #state: ProfileState
  readonly #tables: ReadonlyMap<string, RowTable>
  readonly #check: () => void

  /** `check` throws when the snapshot is not valid any more. */
  constructor(state: ProfileState, tables: ReadonlyMap<string, RowTable>, check: () => void) {
    this.#state = state
    this.#tables = tables
    this.#check = check
  }

  async head(): Promise<Head> {
    this.#check()
    return this.#state.head
  }

  async streams(query: StreamQuery): ReturnType<LogSnapshot['streams']> {
    this.#check()
    const { streams, streamNumbers } = this.#state
    // Streams that are named are looked up; otherwise every stream is looked at.
    const numbers = query.streamIds?.map((id) => streamNumbers.get(id) ?? 0) ?? query.streams ?? [...streams.keys()]
    const found = numbers.flatMap((number) => streams.get(number) ?? [])
    return narrowStreams(found, query)
  }

  async events({ after, through, stream, limit }: EventQuery): ReturnType<LogSnapshot['events']> {
    this.#check()
    const { events } = this.#state
    const found: ProfileState['events'] = []
    for (let index = firstAfter(events, after); index < events.length && found.length < limit; index++) {
      const event = events[index]
      if (event === undefined || (through !== undefined && event.position > through)) break
      if (stream === undefined || event.stream === stream) found.push(event)
    }
    return found
  }

  async ledger({ streams }: { readonly streams?: readonly number[] }): ReturnType<LogSnapshot['ledger']> {
    this.#check()
    const wanted = streams && new Set(streams)
    return [...this.#state.ledger.values()]
      .filter((row) => !wanted || wanted.has(row.stream))
      .sort(
        (left, right) =>
          left.stream - right.stream || left.quarter - right.quarter || left.utcOffsetMin - right.utcOffsetMin,
      )
  }

  async rows(query: RowQuery): ReturnType<LogSnapshot['rows']> {
    this.#check()
    const table = this.#tables.get(query.projection)
    if (!table) throw unknownProjection(query.projection, this.#tables)
    return answerRowQuery(table, this.#state.rows.get(query.projection)?.values() ?? [], query)
  }

  async videos({ videoKeys }: { readonly videoKeys?: readonly string[] }): ReturnType<LogSnapshot['videos']> {
    this.#check()
    const wanted = videoKeys && new Set(videoKeys)
    return [...this.#state.videos.values()]
      .filter((row) => !wanted || wanted.has(row.videoKey))
      .sort((left, right) => compareByBytes(left.videoKey, right.videoKey))
  }
}
