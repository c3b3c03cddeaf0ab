// Bytes of an event on disk: our complete database, with indexes, ledger and read models, beside the replaced tracker's own tables
// that hold the same history; and how ours are distributed.

import Database from 'better-sqlite3'
import { type Benchmark, eventCount, historySizes } from './benchmark.js'
import { usedBytes } from './databases.js'
import { type Figure, spreadOf } from './figures.js'
import { fillReplaced } from './floors/replaced-schema.js'

export const bytes: Benchmark = {
  name: 'bytes',
  about: 'bytes an event, beside the tables of the replaced tracker',
  async run(run) {
    // A third size says nothing more, and the other file would take gigabytes.
    const sizes = historySizes(run).filter((events) => events <= 1_000_000)
    const figures: Figure[] = []
    for (const events of sizes) {
      const ours = await run.databases.filled(events)
      const replaced = run.databases.fresh()
      fillReplaced(replaced, events)
      const [measured, floor] = [usedBytes(ours) / events, usedBytes(replaced) / events]
      run.databases.remove(replaced)
      figures.push({
        benchmark: 'bytes',
        what: `bytes an event at ${eventCount(events)} events`,
        workload: sharesOf(ours, events),
        measured: spreadOf('bytes', [measured]),
        floor: { what: 'events, telemetry, lines of the replaced tracker', spread: spreadOf('bytes', [floor]) },
        ratioOf: 'ours ÷ theirs',
        ratio: measured / floor,
        cpuRatio: null,
        reach: 'at most 0.4',
      })
    }
    return figures
  },
}

/** Payload texts as they are, then the rest of the log's own columns and everything that is not the log. */
function sharesOf(at: string, events: number): string {
  const database = new Database(at, { readonly: true })
  const payload = database.prepare('select sum(length(cast(payload as blob))) from events').pluck().get()
  const rows = database.prepare('select count(*) from ledger').pluck().get()
  database.close()
  return `payload texts are ${(Number(payload) / events).toFixed(1)} of them; ${rows} ledger rows`
}
