// `immersion export csv TABLE` and `immersion import csv FILE|-`: statistics into a spreadsheet, and a log that was kept in
// one into this log. Tables are written page by page; a log is read whole, because all of it is checked before any of it
// is appended.

import { createReadStream } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { Argument, type Command } from 'commander'
import { ROWS_MAX } from '../csv/hand-kept.js'
import { TABLES, type TableName, tablePages } from '../csv/tables.js'
import { ImmersionError } from '../events/errors.js'
import type { ImmersionTrackingStore } from '../ports/store-types.js'
import { type HandKeptAnswer, importHandKept } from '../store/hand-kept.js'
import { contextOf, withStore } from './context.js'
import { note, printAnswer, writeOut } from './output.js'
import * as say from './wording.js'

/** Spreadsheets on Windows take a file without it for something else than UTF-8. */
const BOM = '\ufeff'
/** Some 300 bytes for each of the rows that are read at once. */
const FILE_MAX_BYTES = 300 * ROWS_MAX

interface ExportOptions {
  readonly out?: string
  readonly language?: string
  readonly bom?: boolean
}

interface ImportOptions {
  readonly language?: string
  readonly ignore?: readonly string[]
}

export function addCsvExport(exporting: Command): void {
  const command = exporting
    .command('csv')
    .addArgument(new Argument('<table>', 'which statistics').choices(TABLES))
    .description('statistics as a table for spreadsheets, newest first (videos: most watched first)')
    .option('--out <file>', 'write a new file instead of stdout')
    .option('--language <tag>', 'only of this language, as ja')
    .option('--bom', 'begin with a byte order mark, which Excel wants')
  command.action((table: TableName, options: ExportOptions) =>
    withStore(contextOf(command), (store) =>
      options.out === undefined
        ? writeTable(store, table, options, writeOut)
        : intoNewFile(options.out, (write) => writeTable(store, table, options, write)),
    ),
  )
}

export function addCsvImport(importing: Command): void {
  const command = importing
    .command('csv <file>')
    .description('a log that was kept by hand: date, title, minutes, from a file or - for stdin')
    .option('--language <tag>', 'the language of rows that name none, as ja')
    .option('--ignore <column...>', 'columns to pass over')
  command.action(async (file: string, { language, ignore }: ImportOptions) => {
    const context = contextOf(command)
    const answer = await importHandKept(context.storeConfig, await textOf(file), {
      ...(language === undefined ? {} : { language }),
      ...(ignore === undefined ? {} : { ignored: ignore }),
      nowMs: Date.now(),
    })
    printAnswer(context, answer, importedLines)
  })
}

function importedLines({ rows, added, present }: HandKeptAnswer): readonly string[] {
  return [`${say.counted(rows, 'row')} read: ${say.number(added)} added, ${say.number(present)} already there.`]
}

type Write = (text: string) => Promise<void>

async function writeTable(
  store: ImmersionTrackingStore,
  table: TableName,
  { language, bom }: ExportOptions,
  write: Write,
): Promise<void> {
  let rows = 0
  let heldFrom: string | null = null
  const revisions = new Set<number>()
  if (bom) await write(BOM)
  for await (const page of tablePages(table, store.analytics, language === undefined ? {} : { language })) {
    await write(page.text)
    rows += page.rows
    heldFrom = page.rowsFrom
    revisions.add(page.asOfRevision)
  }
  note(`${say.counted(rows, 'row')} of ${table} exported`)
  if (heldFrom !== null)
    note(`Rows before ${heldFrom} went by retention: docs/how-it-works/retention.md says how they come back.`)
  if (revisions.size > 1) note('The log was written to meanwhile: run it again for a table of one moment.')
}

/** A file that is there may be somebody's own log: it is not replaced. One that could not be finished is not left behind. */
async function intoNewFile(name: string, work: (write: Write) => Promise<void>): Promise<void> {
  const file = await created(name)
  try {
    await work((text) => file.appendFile(text))
    await file.close()
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
    const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST'
    throw new ImmersionError('INVALID_ARGUMENT', `${name} ${isThere ? 'is there already' : 'cannot be written'}`, {
      hint: 'Name a file that is not there yet, in a folder that is.',
      details: { file: name },
      cause,
    })
  }
}

async function textOf(file: string): Promise<string> {
  const bytes = await bytesOf(file)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new ImmersionError('IMPORT_INVALID', `${file} is not UTF-8`, {
      hint: 'Nothing was imported. Save it as CSV UTF-8, as spreadsheets call it, and import it again.',
      details: { file },
      cause,
    })
  }
}

async function bytesOf(file: string): Promise<Buffer> {
  const pieces: Buffer[] = []
  let bytes = 0
  try {
    for await (const piece of file === '-' ? process.stdin : createReadStream(file)) {
      pieces.push(piece)
      bytes += piece.length
      if (bytes > FILE_MAX_BYTES) break
    }
  } catch (cause) {
    throw new ImmersionError('INVALID_ARGUMENT', `${file} cannot be read`, {
      hint: 'Name a file, or - for stdin.',
      details: { file },
      cause,
    })
  }
  if (bytes <= FILE_MAX_BYTES) return Buffer.concat(pieces)
  throw new ImmersionError('IMPORT_INVALID', `${file} has more than ${say.megabytes(FILE_MAX_BYTES)}`, {
    hint: 'Nothing was imported. Split the file, so that rows that are alike stay in one part.',
    details: { file, maxBytes: FILE_MAX_BYTES },
  })
}
