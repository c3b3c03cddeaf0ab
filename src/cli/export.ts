// `immersion export ndjson` and `immersion export csv TABLE`: the log as lines of JSON, and its statistics as tables for
// spreadsheets. Both are written page by page, so a large log needs little memory.

import { Argument, type Command } from 'commander'
import { TABLES, type TableName, tablePages } from '../csv/tables.js'
import type { LogRecord } from '../ports/replica-types.js'
import type { ImmersionTrackingStore } from '../ports/store-types.js'
import { lineOf } from '../replicate/ndjson.js'
import { withoutUndefined } from '../store/config-checks.js'
import { contextOf, withStore } from './context.js'
import { type Write, writeNewFile } from './files.js'
import { note, writeOut } from './output.js'
import * as say from './wording.js'

/** Lines are written in pieces of this many characters, because a system call for each line would be slow. */
const PIECE_CHARS = 64_000
/** The byte order mark. Without it, spreadsheets on Windows do not recognize UTF-8. */
const BOM = '\ufeff'

export function addExportCommand(program: Command): void {
  const exporting = program.command('export').description('write the log, or tables of statistics, as text')
  addNdjsonExport(exporting)
  addCsvExport(exporting)
}

function addNdjsonExport(exporting: Command): void {
  const command = exporting
    .command('ndjson')
    .description('write settings, events and pruned summaries to stdout, one JSON object per line')
  command.action(() =>
    withStore(contextOf(command), async (store) => {
      const counts = await writeRecords(store.maintenance.exportRecords(), writeOut)
      note(`${recordsText(counts)} exported`)
    }),
  )
}

export type RecordCounts = Readonly<Record<LogRecord['kind'], number>>

/** Writes a line for each record. */
export async function writeRecords(records: AsyncIterable<LogRecord>, write: Write): Promise<RecordCounts> {
  const counts = { event: 0, summary: 0, settings: 0 }
  let piece = ''
  for await (const record of records) {
    counts[record.kind]++
    piece += `${lineOf(record)}\n`
    if (piece.length < PIECE_CHARS) continue
    await write(piece)
    piece = ''
  }
  await write(piece)
  return counts
}

export function recordsText({ event, summary }: RecordCounts): string {
  return say.counted(event, 'event') + (summary === 0 ? '' : ` and ${say.counted(summary, 'pruned summary')}`)
}

interface CsvOptions {
  readonly out?: string
  readonly language?: string
  readonly bom?: boolean
}

function addCsvExport(exporting: Command): void {
  const command = exporting
    .command('csv')
    .addArgument(new Argument('<table>', 'which statistics to write').choices(TABLES))
    .description('write a table for spreadsheets, newest rows first (videos: most watched first)')
    .option('--out <file>', 'write to a new file instead of stdout')
    .option('--language <tag>', 'write only rows in this language, such as ja')
    .option('--bom', 'begin with a byte order mark, which Excel needs to recognize UTF-8')
  command.action((table: TableName, options: CsvOptions) =>
    withStore(contextOf(command), (store) =>
      options.out === undefined
        ? writeTable(store, table, options, writeOut)
        : writeNewFile(options.out, (write) => writeTable(store, table, options, write)),
    ),
  )
}

async function writeTable(
  store: ImmersionTrackingStore,
  table: TableName,
  { language, bom }: CsvOptions,
  write: Write,
): Promise<void> {
  let rows = 0
  let heldFrom: string | null = null
  const revisions = new Set<number>()
  if (bom) await write(BOM)
  for await (const page of tablePages(table, store.analytics, withoutUndefined({ language }))) {
    await write(page.text)
    rows += page.rows
    heldFrom = page.rowsFrom
    revisions.add(page.asOfRevision)
  }
  note(`${say.counted(rows, 'row')} of ${table} exported`)
  if (heldFrom !== null) {
    note(
      `Retention has removed the rows before ${heldFrom}. docs/how-it-works/retention.md explains how to restore them.`,
    )
  }
  if (revisions.size > 1) note('The log changed during the export. Run it again for a table of one moment.')
}
