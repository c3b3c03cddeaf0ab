// A program of its own for tests that start several at once on one database: `PROVIDER STORAGE`, the storage as JSON. It opens
// the log for writing and closes it.

import { adapterOf, type Provider } from '../support/backends.js'

const [provider, storage = ''] = process.argv.slice(2)
const adapter = await adapterOf(provider as Provider)
await (await adapter.openEventLog({ storage: JSON.parse(storage), tables: [], readOnly: false })).close()
