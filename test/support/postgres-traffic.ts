// Counts the messages to PostgreSQL at the driver's connection. The counts are the same on every machine.

import pg from 'pg'

export interface Sent {
  statements: number
  roundTrips: number
}

/** Counts the messages on every connection of the driver while `work` runs. Each Sync is one round trip. */
export async function sentToPostgres(work: () => Promise<unknown>): Promise<Sent> {
  const sent: Sent = { statements: 0, roundTrips: 0 }
  const connection = pg.Connection.prototype as unknown as Record<
    'query' | 'execute' | 'sync',
    (...args: unknown[]) => void
  >
  const { query, execute, sync } = connection
  const counting = (plain: (...args: unknown[]) => void, count: () => void) =>
    function (this: unknown, ...args: unknown[]): void {
      count()
      plain.apply(this, args)
    }
  connection.execute = counting(execute, () => sent.statements++)
  connection.sync = counting(sync, () => sent.roundTrips++)
  connection.query = counting(query, () => {
    sent.statements++
    sent.roundTrips++
  })
  try {
    await work()
  } finally {
    Object.assign(connection, { query, execute, sync })
  }
  return sent
}
