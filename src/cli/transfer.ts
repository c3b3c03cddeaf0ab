// `immersion export ndjson` and `immersion import ndjson FILE|-`: the whole log as lines, out and in. Beside them stand the
// tables of csv.ts.

import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { ImmersionError } from '../events/errors.js'
import type { RecordsTaken } from '../ports/replica-types.js'
import { lineOf, recordsOfLines } from '../replicate/ndjson.js'
import { importRecords } from '../store/replication.js'
import { contextOf, withStore } from './context.js'
import { addCsvExport, addCsvImport } from './csv.js'
import { note, printAnswer, writeOut } from './output.js'
import * as say from './wording.js'

/** Lines are written in pieces of this many characters. */
const PIECE_CHARS = 64_000

export function addTransferCommands(program: Command): void {
  const exporting = program.command('export').description('write the log in a form that others read')
  const exportNdjson = exporting
    .command('ndjson')
    .description('settings, every event and every summary as a line of JSON on stdout, by stream and version')
  exportNdjson.action(async () => {
    await withStore(contextOf(exportNdjson), async (store) => {
      const counts = { event: 0, summary: 0, settings: 0 }
      let piece = ''
      for await (const record of store.maintenance.exportRecords()) {
        counts[record.kind]++
        piece += `${lineOf(record)}\n`
        if (piece.length < PIECE_CHARS) continue
        await writeOut(piece)
        piece = ''
      }
      await writeOut(piece)
      const summaries =
        counts.summary === 0 ? '' : `, ${say.counted(counts.summary, 'summary', 'summaries')} of pruned events`
      note(`${say.number(counts.event)} events exported${summaries}`)
    })
  })

  addCsvExport(exporting)

  const importing = program.command('import').description('add what was exported elsewhere')
  const importNdjson = importing.command('ndjson <file>').description('what export wrote, from a file or - for stdin')
  importNdjson.action(async (file: string) => {
    const context = contextOf(importNdjson)
    const records = () => recordsOfLines(linesOf(file))
    printAnswer(context, await importRecords(context.storeConfig, records, { readableAgain: file !== '-' }), takenLines)
  })
  addCsvImport(importing)
}

export function takenLines({ appended, present, summaries, overlaps }: RecordsTaken): readonly string[] {
  return [
    `${say.number(appended)} events added, ${say.number(present)} were there already` +
      (summaries === 0 ? '' : `, ${say.counted(summaries, 'summary', 'summaries')} of pruned events`),
    ...overlapLines(overlaps),
  ]
}

/** Why a stream could not be joined, for each of them. */
export function overlapLines(overlaps: RecordsTaken['overlaps']): readonly string[] {
  if (overlaps.length === 0) return []
  return [
    `STATEMENT_OVERLAP: of ${say.counted(overlaps.length, 'stream')} each log has taken out a part that the other never counted.`,
    'What is here is kept, and nothing is guessed; these versions are not in it:',
    ...overlaps.map(({ streamId, versions }) => `  ${streamId}: ${versions}`),
  ]
}

export async function* linesOf(file: string): AsyncGenerator<string> {
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
