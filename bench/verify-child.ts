// Verifies one database in a process of its own and prints the most memory that this took. verify.ts starts it with the
// database's path.

import { openSqliteEngine } from './databases.js'

const [at] = process.argv.slice(2)
if (at === undefined) throw new Error('the path of a database is missing')
const engine = await openSqliteEngine(at)
const { ok } = await engine.verify()
await engine.close()
if (!ok) throw new Error('the database is damaged: the figure would lie')
// Linux counts it in KiB.
console.log(process.resourceUsage().maxRSS / 1_024)
