// Copies one log into another and prints its progress. killed-copy.test.ts kills it in the middle.

import { writeSync } from 'node:fs'
import { copyLog } from '../../src/store/replication.js'

const [from = '', to = ''] = process.argv.slice(2)

const onProgress = ({ done, total }: { readonly done: number; readonly total: number }) =>
  void writeSync(1, `${done} ${total}\n`)
await copyLog({ storage: from }, { storage: to }, { onProgress })
