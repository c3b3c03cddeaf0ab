// `immersion import ndjson FILE|-` and `immersion import csv FILE|-`: an exported log, and a log that was kept by hand.
// Lines of JSON are read one by one. A CSV file is read completely, because every row is checked before any is appended.

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { ROWS_MAX } from '../csv/hand-kept.js'
import { ImmersionError } from '../events/errors.js'
import { withoutUndefined } from '../events/plain-data.js'
import type { RecordsTaken } from '../ports/replica-types.js'
import { recordsOfLines } from '../replicate/ndjson.js'
import { importHandKept } from '../store/hand-kept.js'
import { importRecords } from '../store/replication.js'
import type { Context, ContextCommand } from './context.js'
import { EXIT_FAILED, type Lines, printAnswer } from './output.js'
import * as say from './wording.js'

/** A row takes up to some 300 bytes, and at most ROWS_MAX rows are read at once. */
const CSV_MAX_BYTES = 300 * ROWS_MAX

export type PartialOption = Readonly<{ partial?: boolean | undefined }>
export const PARTIAL_OPTION = ['--partial', 'the exported file is meant to be a part: do not refuse it'] as const

export function addImportCommand(program: ContextCommand): void {
  const importing = program.command('import').description('add an exported log, or a log that you kept by hand')
  importing
    .command('ndjson <file>')
    .description('add the events of an exported log; - reads stdin, and repeated events are passed over')
    .option(...PARTIAL_OPTION)
    .run((context, options: PartialOption, file: string) => importNdjson(context, file, options))
  importing
    .command('csv <file>')
    .description('add a log that was kept by hand, with the columns date, title and minutes; - reads stdin')
    .option('--language <tag>', 'language of rows that name none, such as ja')
    .option('--ignore <column...>', 'columns to ignore')
    .run(importCsv)
}

const AS_A_PART = 'It was imported as a part: whether the export is complete was not checked.'
const WITHOUT_END =
  'It has no end line, because an earlier version exported it. Whether it is complete cannot be checked.'

export async function importNdjson(
  context: Pick<Context, 'json' | 'storeConfig'>,
  file: string,
  { partial = false, settings = false }: PartialOption & { readonly settings?: boolean },
): Promise<void> {
  // A pipe can be read only once, also where it has a name.
  const readableAgain = file !== '-' && (await stat(file).catch(() => null))?.isFile() === true
  const taken = await importRecords(
    context.storeConfig,
    () => recordsOfLines(readable(file, createInterface({ input: streamOf(file), crlfDelay: Infinity }))),
    { readableAgain, partial, settings },
  )
  printAnswer(context, taken, ({ appended, present, summaries, overlaps, conflicts, isComplete }) => [
    `${say.counted(appended, 'event')} added, ${say.number(present)} already present` +
      `${summaries === 0 ? '' : `, and ${say.counted(summaries, 'pruned summary')} applied`}.`,
    ...(isComplete ? [] : [partial ? AS_A_PART : WITHOUT_END]),
    ...overlapLines(overlaps),
    ...conflicts.map((streamId) => `CONFLICT: the log counted the versions of stream ${streamId} with other content.`),
  ])
  if (taken.overlaps.length + taken.conflicts.length > 0) process.exitCode = EXIT_FAILED
}

/** Says for each stream which versions could not be joined. */
export function overlapLines(overlaps: RecordsTaken['overlaps']): Lines {
  if (overlaps.length === 0) return []
  return [
    `STATEMENT_OVERLAP in ${say.counted(overlaps.length, 'stream')}: each log has pruned events that the other never counted.`,
    'The streams here stay as they were. They lack these versions:',
    ...overlaps.map(({ streamId, versions }) => `  ${streamId}: ${versions}`),
  ]
}

async function importCsv(
  context: Context,
  { language, ignore }: Readonly<{ language?: string; ignore?: readonly string[] }>,
  file: string,
): Promise<void> {
  const options = { ...withoutUndefined({ language, ignored: ignore }), nowMs: Date.now() }
  const answer = await importHandKept(context.storeConfig, await textOf(file), options)
  printAnswer(context, answer, ({ rows, added, present }) => [
    `${say.counted(rows, 'row')} read: ${say.number(added)} added, ${say.number(present)} already present.`,
  ])
}

async function textOf(file: string): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of readable<Buffer>(file, streamOf(file))) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes <= CSV_MAX_BYTES) continue
    throw new ImmersionError('IMPORT_INVALID', `${file} is larger than ${say.size(CSV_MAX_BYTES)}`, {
      hint: 'Nothing was imported. Split the file, and keep identical rows in the same part.',
      details: { file, maxBytes: CSV_MAX_BYTES },
    })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces))
  } catch (cause) {
    throw new ImmersionError('IMPORT_INVALID', `${file} is not UTF-8`, {
      hint: 'Nothing was imported. Save the file as "CSV UTF-8" in the spreadsheet, and import it again.',
      details: { file },
      cause,
    })
  }
}

function streamOf(file: string): Readable {
  return file === '-' ? process.stdin : createReadStream(file)
}

/** INVALID_ARGUMENT where the file cannot be read. */
async function* readable<T>(file: string, parts: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* parts
  } catch (cause) {
    throw new ImmersionError('INVALID_ARGUMENT', `${file} cannot be read`, {
      hint: 'Name a file, or - for stdin.',
      details: { file },
      cause,
    })
  }
}
