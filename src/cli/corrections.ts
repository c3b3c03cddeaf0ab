// The learner's corrections: `sessions discard|restore|adjust|erase`, `videos rename|series|merge|erase`, `adjust`, `undo`
// and the list of them, `corrections`. An erasure is for good, so it asks for confirmation first.

import { InvalidArgumentError } from 'commander'
import type { MeasureName } from '../events/measures.js'
import { withoutUndefined } from '../events/plain-data.js'
import { MINUTE_MS } from '../events/time-units.js'
import type { Adjustment, CorrectionAnswer, Corrections, ListedCorrection } from '../ports/correction-types.js'
import { type Context, type ContextCommand, printFromStore } from './context.js'
import { isConfirmed, YES_OPTION, type YesOption } from './output.js'
import * as say from './wording.js'

export function addCorrectionCommands(program: ContextCommand): void {
  const sessions = program.command('sessions').description('correct a session (`stats sessions` lists them)')
  const discard = sessions.command('discard <id>').description('leave a session out of every count')
  record(discard, 'Discarded.', (corrections, id) => corrections.discardSession(id))
  const restore = sessions.command('restore <id>').description('count a discarded session again')
  record(restore, 'Restored.', (corrections, id) => corrections.restoreSession(id))
  const change = sessions.command('adjust <id>').description('change the counts or the language of a session')
  withMeasures(change)
  record(change, 'Adjusted.', (corrections, id) => corrections.adjustSession(id, adjustmentOf(change.opts())))
  const eraseSession = sessions.command('erase <id>').description('erase a session for good')
  recordErasure(eraseSession, (corrections, id) => corrections.eraseSession(id))

  const videos = program.command('videos').description('correct a video (`stats videos --json` lists their keys)')
  const rename = videos.command('rename <key> <title>').description('give a video a title of your own')
  record(rename, 'Renamed.', (corrections, key, title) => corrections.renameVideo(key, { title }))
  const name = videos.command('series <key> <name>').description('name the series of a video')
  record(name, 'Named.', (corrections, key, series) => corrections.renameVideo(key, { series }))
  const merge = videos
    .command('merge <key> <into>')
    .description('count one video as another, if both are the same title')
  record(merge, 'Merged.', (corrections, key, into) => corrections.mergeVideos(key, into))
  const eraseVideo = videos.command('erase <key>').description('erase a video and its sessions for good')
  recordErasure(eraseVideo, (corrections, key) => corrections.eraseVideo(key))

  const adjust = program.command('adjust').description('add watching time that no tracker recorded')
  withMeasures(adjust)
    .requiredOption('--video <key>', 'key of the video')
    .requiredOption('--date <day>', 'date of watching, such as 2026-03-09')
  record(adjust, 'Added.', (corrections) => {
    const options = adjust.opts<MeasureOptions & { readonly video: string; readonly date: string }>()
    return corrections.adjustVideo({ videoKey: options.video, date: options.date, ...adjustmentOf(options) })
  })
  const undo = program.command('undo').description('undo the latest correction that is in force')
  record(undo, 'Undone.', (corrections) => corrections.undo())
  const list = program.command('corrections').alias('commands').description('list your corrections, newest first')
  list.run((context) =>
    printFromStore(
      context,
      (store) => store.corrections.list(),
      ({ corrections }) => (corrections.length === 0 ? ['No corrections.'] : corrections.map(lineOf)),
    ),
  )
}

type Recorder<Args extends readonly string[]> = (corrections: Corrections, ...args: Args) => Promise<CorrectionAnswer>

/** The command records one correction and prints `done`. */
function record<Args extends readonly string[]>(command: ContextCommand, done: string, recorder: Recorder<Args>): void {
  command.run((context, _options, ...args: Args) => print(context, done, (to) => recorder(to, ...args)))
}

function recordErasure(command: ContextCommand, erase: Recorder<[name: string]>): void {
  command.option(...YES_OPTION).run(async (context, options: YesOption, name: string) => {
    const warning = `${name} will be erased for good. An erasure cannot be undone.`
    if (!(await isConfirmed(options, { name, warning, word: 'erase' }))) return
    await print(context, 'Erased.', (to) => erase(to, name))
  })
}

function print(context: Context, done: string, record: Recorder<[]>): Promise<void> {
  return printFromStore(
    context,
    ({ corrections }) => record(corrections),
    () => [done],
  )
}

const COUNTS = {
  lines: 'lines read',
  chars: 'characters read',
  words: 'words read',
  cards: 'cards mined',
  lookups: 'words looked up',
} as const satisfies Partial<Record<MeasureName, string>>

type MeasureOptions = Readonly<
  Partial<Record<'activeMinutes' | keyof typeof COUNTS, number>> & { readonly language?: string }
>

function withMeasures(command: ContextCommand): ContextCommand {
  command.option('--active-minutes <n>', 'minutes watched; negative numbers take off', numberOf)
  for (const [name, what] of Object.entries(COUNTS)) command.option(`--${name} <n>`, what, integerOf)
  return command.option('--language <tag>', 'language, such as ja')
}

/** Active time is also time watched, so one option adjusts both. */
function adjustmentOf({ activeMinutes, language, lines, chars, words, cards, lookups }: MeasureOptions): Adjustment {
  const activeMs = activeMinutes === undefined ? undefined : Math.round(activeMinutes * MINUTE_MS)
  const measures = withoutUndefined({ activeMs, watchedMs: activeMs, lines, chars, words, cards, lookups })
  return withoutUndefined({ measures, language })
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
