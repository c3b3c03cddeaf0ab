// What a learner corrects: `sessions discard|restore|adjust|erase`, `videos rename|series|merge|erase`, `adjust`, `undo`
// and `commands`. Erasing is for good, so it asks first; where nobody can answer, only `--yes` does it.

import { createInterface } from 'node:readline/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { ImmersionError } from '../events/errors.js'
import type { MeasureName } from '../events/measures.js'
import { MINUTE_MS } from '../events/time-units.js'
import type { Adjustment, CorrectionAnswer, Corrections, ListedCorrection } from '../ports/correction-types.js'
import { contextOf, withStore } from './context.js'
import { EXIT_FAILED } from './exit.js'
import { note, printAnswer } from './output.js'

export function addCorrectionCommands(program: Command): void {
  addSessionCommands(program.command('sessions').description('correct what a session counted'))
  addVideoCommands(program.command('videos').description('correct what a video is'))

  const adjust = withMeasures(program.command('adjust').description('add time that no tracker saw'))
    .requiredOption('--video <key>', 'the video')
    .requiredOption('--date <day>', 'the date, as 2026-03-09')
  adjust.action(async (options: MeasureOptions & { readonly video: string; readonly date: string }) => {
    const { video: videoKey, date } = options
    await correct(adjust, 'Added.', (corrections) =>
      corrections.adjustVideo({ videoKey, date, ...adjustmentOf(options) }),
    )
  })

  const undo = program.command('undo').description('take back the latest correction that still counts')
  undo.action(() => correct(undo, 'Undone.', (corrections) => corrections.undo()))

  const list = program.command('corrections').alias('commands').description('list the corrections, newest first')
  list.action(async () => {
    const context = contextOf(list)
    await withStore(context, async (store) => {
      printAnswer(context, await store.corrections.list(), (answer) => answer.corrections.map(lineOf))
    })
  })
}

function addSessionCommands(sessions: Command): void {
  const discard = sessions.command('discard <id>').description('take it out of every count')
  discard.action((id: string) => correct(discard, 'Discarded.', (corrections) => corrections.discardSession(id)))

  const restore = sessions.command('restore <id>').description('put it back')
  restore.action((id: string) => correct(restore, 'Restored.', (corrections) => corrections.restoreSession(id)))

  const adjust = withMeasures(sessions.command('adjust <id>').description('add to its sums, or take off'))
  adjust.action((id: string, options: MeasureOptions) =>
    correct(adjust, 'Adjusted.', (corrections) => corrections.adjustSession(id, adjustmentOf(options))),
  )

  const erase = withYes(sessions.command('erase <id>').description('remove it for good'))
  erase.action((id: string, options: YesOption) =>
    eraseAsked(erase, id, options, (corrections) => corrections.eraseSession(id)),
  )
}

function addVideoCommands(videos: Command): void {
  const rename = videos.command('rename <key> <title>').description('call it by a title of your own')
  rename.action((key: string, title: string) =>
    correct(rename, 'Renamed.', (corrections) => corrections.renameVideo(key, { title })),
  )

  const series = videos.command('series <key> <name>').description('name the series that it belongs to')
  series.action((key: string, name: string) =>
    correct(series, 'Named.', (corrections) => corrections.renameVideo(key, { series: name })),
  )

  const merge = videos
    .command('merge <key> <into>')
    .description('two files of one title: the first counts as the second')
  merge.action((key: string, into: string) =>
    correct(merge, 'Merged.', (corrections) => corrections.mergeVideos(key, into)),
  )

  const erase = withYes(videos.command('erase <key>').description('remove it with its sessions, for good'))
  erase.action((key: string, options: YesOption) =>
    eraseAsked(erase, key, options, (corrections) => corrections.eraseVideo(key)),
  )
}

async function correct(
  command: Command,
  done: string,
  state: (corrections: Corrections) => Promise<CorrectionAnswer>,
): Promise<void> {
  const context = contextOf(command)
  await withStore(context, async (store) => printAnswer(context, await state(store.corrections), () => [done]))
}

interface YesOption {
  readonly yes?: boolean
}

function withYes(command: Command): Command {
  return command.option('--yes', 'without asking')
}

async function eraseAsked(
  command: Command,
  name: string,
  { yes }: YesOption,
  erase: (corrections: Corrections) => Promise<CorrectionAnswer>,
): Promise<void> {
  if (yes === true || (await isMeant(name))) return correct(command, 'Erased.', erase)
  note('Nothing was erased.')
  process.exitCode = EXIT_FAILED
}

async function isMeant(name: string): Promise<boolean> {
  if (process.stdin.isTTY !== true) {
    throw new ImmersionError('INVALID_ARGUMENT', 'Nobody can be asked here whether that is meant.', {
      hint: 'Give --yes to erase it all the same.',
      details: { name },
    })
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const cut = new AbortController()
  terminal.once('close', () => cut.abort())
  try {
    const answer = await terminal.question(`All of ${name} goes for good. Type erase to go on: `, {
      signal: cut.signal,
    })
    return answer === 'erase'
  } catch {
    // Ctrl-C or the end of the input: no answer is a no.
    return false
  } finally {
    terminal.close()
  }
}

const COUNTS = {
  lines: 'lines',
  chars: 'characters',
  words: 'words',
  cards: 'cards mined',
  lookups: 'words looked up',
} as const satisfies Partial<Record<MeasureName, string>>

interface MeasureOptions extends Partial<Record<keyof typeof COUNTS, number>> {
  readonly activeMinutes?: number
  readonly language?: string
}

/** Time that was played is time that was watched, so both are adjusted by it. */
function withMeasures(command: Command): Command {
  command.addOption(
    new Option('--active-minutes <n>', 'minutes that were watched; negative to take off').argParser(numberOf),
  )
  for (const [name, what] of Object.entries(COUNTS)) {
    command.addOption(new Option(`--${name} <n>`, what).argParser(integerOf))
  }
  return command.option('--language <tag>', 'the language, as ja')
}

function adjustmentOf({ activeMinutes, language, ...options }: MeasureOptions): Adjustment {
  const measures: Partial<Record<MeasureName, number>> = {}
  if (activeMinutes !== undefined) {
    measures.activeMs = Math.round(activeMinutes * MINUTE_MS)
    measures.watchedMs = measures.activeMs
  }
  for (const name of Object.keys(COUNTS) as (keyof typeof COUNTS)[]) {
    const value = options[name]
    if (value !== undefined) measures[name] = value
  }
  return { measures, ...(language === undefined ? {} : { language }) }
}

function numberOf(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isFinite(value)) return value
  throw new InvalidArgumentError('It has to be a number.')
}

function integerOf(text: string): number {
  const value = numberOf(text)
  if (Number.isInteger(value)) return value
  throw new InvalidArgumentError('It has to be a whole number.')
}

/** `2026-03-09 20:00  video.renamed  title=Night  (discarded)`. */
function lineOf({ type, occurredAtMs, names, measures, state }: ListedCorrection): string {
  const said = [...Object.entries(names).filter(([name]) => name !== 'countedAtMs'), ...Object.entries(measures)]
  const what = said.map(([name, value]) => `${name}=${String(value)}`).join(' ')
  const when = new Date(occurredAtMs).toISOString().slice(0, 16).replace('T', ' ')
  return `${when}Z  ${type}  ${what}${state === 'discarded' ? '  (discarded)' : ''}`
}
