// The floor of analytics on SQLite: the statements of query-statements.ts by the bare driver, as arrays, in one read
// transaction.

import { openBare } from '../databases.js'
import type { QueryContext, QueryName } from '../queries.js'
import { type FloorDialect, statementsOf } from './query-statements.js'

const DIALECT: FloorDialect = {
  uuidOf: (text) => `unhex(replace(${text}, '-', ''))`,
  eventsOfStream: 'join events e on e.event_id between t.first_position and t.last_position and e.stream = t.stream',
}

export interface QueryFloor {
  /** Answers how many rows came. */
  run(query: QueryName): number
  close(): void
}

export function openQueryFloor(at: string, context: QueryContext): QueryFloor {
  const database = openBare(at, true)
  const begin = database.prepare('begin')
  const commit = database.prepare('commit')
  const prepared = new Map<QueryName, readonly { run(): readonly unknown[] }[]>()

  function prepare(query: QueryName): readonly { run(): readonly unknown[] }[] {
    const statements = statementsOf(query, context, DIALECT).map(({ text, binds }) => {
      const statement = database.prepare(text).raw()
      return { run: () => statement.all(...binds) }
    })
    prepared.set(query, statements)
    return statements
  }

  return {
    run(query) {
      begin.run()
      let rows = 0
      for (const statement of prepared.get(query) ?? prepare(query)) rows += statement.run().length
      commit.run()
      return rows
    },
    close: () => database.close(),
  }
}
