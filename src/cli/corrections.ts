// The learner's corrections: `sessions discard|restore|adjust|erase`, `videos rename|series|merge|erase`, `adjust`, `undo`
// and the list of them, `corrections`. An erasure is for good, so it asks for confirmation first.

import { type Command, InvalidArgumentError, Option } from 'commander'
import type { MeasureName } from '../events/measures.js'
import { MINUTE_MS } from '../events/time-units.js'
import type { Adjustment, CorrectionAnswer, Corrections, ListedCorrection } from '../ports/correction-types.js'
import { withoutUndefined } from '../store/config-checks.js'
import { printFromStore } from './context.js'
import { isConfirmed, YES_OPTION, type YesOption } from './output.js'
import * as say from './wording.js'

export function addCorrectionCommands(program: Command): void {
  addSessionCommands(program)
  addVideoCommands(program)

  const adjust = withMeasures(program.command('adjust').description('add watching time that no tracker recorded'))
    .requiredOption('--video <key>', 'key of the video')
    .requiredOption('--date <day>', 'date of watching, such as 2026-03-09')
  adjust.action((options: MeasureOptions & { readonly video: string; readonly date: string }) => {
    const { video: videoKey, date } = options
    return correct(adjust, 'Added.', (corrections) =>
      corrections.adjustVideo({ videoKey, date, ...adjustmentOf(options) }),
    )
  })

  const undo = program.command('undo').description('undo the latest correction that is in force')
  undo.action(() => correct(undo, 'Undone.', (corrections) => corrections.undo()))

  const list = program.command('corrections').alias('commands').description('list your corrections, newest first')
  list.action(() =>
    printFromStore(
      list,
      (store) => store.corrections.list(),
      ({ corrections }) => (corrections.length === 0 ? ['No corrections.'] : corrections.map(lineOf)),
    ),
  )
}

function addSessionCommands(program: Command): void {
  const sessions = program.command('sessions').description('correct a session (`stats sessions` lists them)')
  const discard = sessions.command('discard <id>').description('leave a session out of every count')
  discard.action((id: string) => correct(discard, 'Discarded.', (corrections) => corrections.discardSession(id)))

  const restore = sessions.command('restore <id>').description('count a discarded session again')
  restore.action((id: string) => correct(restore, 'Restored.', (corrections) => corrections.restoreSession(id)))

  const adjust = withMeasures(
    sessions.command('adjust <id>').description('change the counts or the language of a session'),
  )
  adjust.action((id: string, options: MeasureOptions) =>
    correct(adjust, 'Adjusted.', (corrections) => corrections.adjustSession(id, adjustmentOf(options))),
  )

  const erase = sessions.command('erase <id>').description('erase a session for good')
  addErasure(erase, (corrections, id) => corrections.eraseSession(id))
}

function addVideoCommands(program: Command): void {
  const videos = program.command('videos').description('correct a video (`stats videos --json` lists their keys)')
  const rename = videos.command('rename <key> <title>').description('give a video a title of your own')
  rename.action((key: string, title: string) =>
    correct(rename, 'Renamed.', (corrections) => corrections.renameVideo(key, { title })),
  )

  const series = videos.command('series <key> <name>').description('name the series of a video')
  series.action((key: string, name: string) =>
    correct(series, 'Named.', (corrections) => corrections.renameVideo(key, { series: name })),
  )

  const merge = videos
    .command('merge <key> <into>')
    .description('count one video as another, if both are the same title')
  merge.action((key: string, into: string) =>
    correct(merge, 'Merged.', (corrections) => corrections.mergeVideos(key, into)),
  )

  const erase = videos.command('erase <key>').description('erase a video and its sessions for good')
  addErasure(erase, (corrections, key) => corrections.eraseVideo(key))
}

type Recorder<Args extends readonly string[]> = (corrections: Corrections, ...args: Args) => Promise<CorrectionAnswer>

/** Records one correction and prints `done`. */
function correct(command: Command, done: string, record: Recorder<[]>): Promise<void> {
  const lines = () => [done]
  return printFromStore(command, (store) => record(store.corrections), lines)
}

function addErasure(command: Command, erase: Recorder<[name: string]>): void {
  command.option(...YES_OPTION).action(async (name: string, options: YesOption) => {
    const warning = `${name} will be erased for good. An erasure cannot be undone.`
    if (!(await isConfirmed(options, { name, warning, word: 'erase' }))) return
    await correct(command, 'Erased.', (corrections) => erase(corrections, name))
  })
}

const COUNTS = {
  lines: 'lines read',
  chars: 'characters read',
  words: 'words read',
  cards: 'cards mined',
  lookups: 'words looked up',
} as const satisfies Partial<Record<MeasureName, string>>

interface MeasureOptions extends Partial<Record<keyof typeof COUNTS, number>> {
  readonly activeMinutes?: number
  readonly language?: string
}

function withMeasures(command: Command): Command {
  command.addOption(
    new Option('--active-minutes <n>', 'minutes watched; negative numbers take off').argParser(numberOf),
  )
  for (const [name, what] of Object.entries(COUNTS)) {
    command.addOption(new Option(`--${name} <n>`, what).argParser(integerOf))
  }
  return command.option('--language <tag>', 'language, such as ja')
}

/** Active time is also time watched, so one option adjusts both. */
function adjustmentOf({ activeMinutes, language, lines, chars, words, cards, lookups }: MeasureOptions): Adjustment {
  const activeMs = activeMinutes === undefined ? undefined : Math.round(activeMinutes * MINUTE_MS)
  const measures = withoutUndefined({ activeMs, watchedMs: activeMs, lines, chars, words, cards, lookups })
  return { measures, ...withoutUndefined({ language }) }
}

function numberOf(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isFinite(value)) return value
  throw new InvalidArgumentError('Use a number.')
}

function integerOf(text: string): number {
  const value = numberOf(text)
  if (Number.isInteger(value)) return value
  throw new InvalidArgumentError('Use a whole number.')
}

/** `2026-03-09 20:00Z  video.renamed  title=Night  (discarded)`. */
function lineOf({ type, occurredAtMs, names, measures, state }: ListedCorrection): string {
  const parts = [...Object.entries(names).filter(([name]) => name !== 'countedAtMs'), ...Object.entries(measures)]
  const values = parts.map(([name, value]) => `${name}=${String(value)}`).join(' ')
  return `${say.clockTime(occurredAtMs, 0)}Z  ${type}  ${values}${state === 'discarded' ? '  (discarded)' : ''}`
}
