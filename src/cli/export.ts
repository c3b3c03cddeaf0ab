// `immersion export ndjson` and `immersion export csv TABLE`: the log as lines of JSON, and its statistics as tables for
// spreadsheets. Both are written page by page, so a large log needs little memory.

import { type FileHandle, open, rm } from 'node:fs/promises'
import { Argument } from 'commander'
import { TABLES, type TableName } from '../csv/tables.js'
import { ImmersionError } from '../events/errors.js'
import { withoutUndefined } from '../events/plain-data.js'
import type { Analytics } from '../ports/analytics-types.js'
import type { LogRecord } from '../ports/replica-types.js'
import { lineOf } from '../replicate/ndjson.js'
import { type ContextCommand, withStore } from './context.js'
import { note, writeOut } from './output.js'
import * as say from './wording.js'

/** Lines are written in pieces of this many characters, because a system call for each line would be slow. */
const PIECE_CHARS = 64_000
/** The byte order mark. Without it, spreadsheets on Windows do not recognize UTF-8. */
const BOM = '\ufeff'

export function addExportCommand(program: ContextCommand): void {
  const exporting = program.command('export').description('write the log, or tables of statistics, as text')
  exporting
    .command('ndjson')
    .description('write settings, events and pruned summaries to stdout, one JSON object per line')
    .run((context) =>
      withStore(context, async ({ maintenance }) => {
        const counts = await writeRecords(maintenance.exportRecords(), writeOut)
        note(`${recordsText(counts)} exported`)
      }),
    )
  exporting
    .command('csv')
    .addArgument(new Argument('<table>', 'which statistics to write').choices(Object.keys(TABLES)))
    .description('write a table for spreadsheets, newest rows first (videos: most watched first)')
    .option('--out <file>', 'write to a new file instead of stdout')
    .option('--language <tag>', 'write only rows in this language, such as ja')
    .option('--bom', 'begin with a byte order mark, which Excel needs to recognize UTF-8')
    .run((context, { out, ...options }: CsvOptions, table: TableName) =>
      withStore(context, ({ analytics }) => {
        const work = (write: Write) => writeTable(analytics, table, options, write)
        return out === undefined ? work(writeOut) : writeNewFile(out, work)
      }),
    )
}

export type RecordCounts = Readonly<Record<LogRecord['kind'], number>>

export async function writeRecords(records: AsyncIterable<LogRecord>, write: Write): Promise<RecordCounts> {
  const counts = { event: 0, summary: 0, settings: 0, end: 0 }
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

type CsvOptions = Readonly<{ out?: string; language?: string; bom?: boolean }>

async function writeTable(
  analytics: Analytics,
  table: TableName,
  { language, bom }: CsvOptions,
  write: Write,
): Promise<void> {
  let rows = 0
  let heldFrom: string | null = null
  const revisions = new Set<number>()
  if (bom) await write(BOM)
  for await (const page of TABLES[table].pages(analytics, withoutUndefined({ language }))) {
    await write(page.text)
    rows += page.rows
    heldFrom = page.rowsFrom
    revisions.add(page.asOfRevision)
  }
  note(`${say.counted(rows, 'row')} of ${table} exported`)
  if (heldFrom !== null) {
    const key = table === 'months' ? 'monthlyMonths' : 'dailyDays'
    note(`Retention has removed the rows before ${heldFrom}. \`immersion config set ${key} 0\` brings them back.`)
  }
  if (revisions.size > 1) note('The log changed during the export. Run it again for a table of one moment.')
}

export type Write = (text: string) => Promise<void>

/** Runs `work` with a file to write to. INVALID_ARGUMENT where it exists, because it may be somebody's own log. A file that fails half-way is removed. */
export async function writeNewFile<T>(name: string, work: (write: Write) => Promise<T>): Promise<T> {
  const file = await created(name)
  try {
    const answer = await work((text) => file.appendFile(text))
    await file.close()
    return answer
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(name, { force: true })
    throw error
  }
}

async function created(name: string): Promise<FileHandle> {
  try {
    return await open(name, 'wx')
  } catch (cause) {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
    throw new ImmersionError('INVALID_ARGUMENT', `${name} ${exists ? 'exists already' : 'cannot be written'}`, {
      hint: 'Name a new file in an existing folder.',
      details: { file: name },
      cause,
    })
  }
}
