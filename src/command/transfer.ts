// `immersion export ndjson` and `immersion import ndjson FILE|-`: the whole log as lines, out and in.

import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { ImmersionError } from '../events/errors.js'
import { eventsOfLines, lineOfEvent } from '../replicate/ndjson.js'
import { contextOf, withStore } from './context.js'
import { note, printAnswer } from './output.js'
import * as say from './wording.js'

/** As many as the engine takes at once; a page is one transaction. */
const PAGE_MAX_EVENTS = 1000

export function addTransferCommands(program: Command): void {
  const exporting = program.command('export').description('write the log in a form that others read')
  const exportNdjson = exporting
    .command('ndjson')
    .description('every event as a line of JSON on stdout, by stream and version')
  exportNdjson.action(async () => {
    await withStore(contextOf(exportNdjson), async (store) => {
      let count = 0
      for await (const page of store.maintenance.exportEvents()) {
        count += page.length
        const text = page.map((event) => `${lineOfEvent(event)}\n`).join('')
        if (!process.stdout.write(text)) await once(process.stdout, 'drain')
      }
      note(`${say.number(count)} events exported`)
    })
  })

  const importing = program.command('import').description('add what was exported elsewhere')
  const importNdjson = importing
    .command('ndjson <file>')
    .description('events as lines of JSON, from a file or - for stdin')
  importNdjson.action(async (file: string) => {
    const context = contextOf(importNdjson)
    await withStore(context, async (store) => {
      const counts = await store.maintenance.importEvents(eventsOfLines(linesOf(file), PAGE_MAX_EVENTS))
      printAnswer(context, counts, ({ appended, present }) => [
        `${say.number(appended)} events added, ${say.number(present)} were there already`,
      ])
    })
  })
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  } catch (cause) {
    throw new ImmersionError('INVALID_ARGUMENT', `${file} cannot be read`, {
      hint: 'Name a file, or - for stdin.',
      details: { file },
      cause,
    })
  }
}
