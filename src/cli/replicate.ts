// `immersion copy` and `immersion merge`: carry one log into another, wherever each of them is, and check that everything
// arrived. Both may be interrupted and run again, because events that are already present are passed over.

import { Option } from 'commander'
import { ImmersionError } from '../events/errors.js'
import { withoutUndefined } from '../events/plain-data.js'
import type { ConflictChoice, ConflictSide, StreamConflict } from '../ports/replica-types.js'
import type { StoreConfig } from '../store/config.js'
import { listProfiles } from '../store/database.js'
import {
  CONFLICT_CHOICES,
  compareLogs,
  copyLog,
  exportRecords,
  mergeLog,
  type ReplicationAnswer,
} from '../store/replication.js'
import { storageFromUrl } from '../store/storage-location.js'
import type { Context, ContextCommand } from './context.js'
import { recordsText, writeNewFile, writeRecords } from './export.js'
import { importNdjson, overlapLines, PARTIAL_OPTION, type PartialOption } from './import.js'
import { EXIT_FAILED, type Lines, printAnswer, shortList, withProgress } from './output.js'
import * as say from './wording.js'

type CopyOptions = PartialOption & Readonly<{ from: string; to: string; allProfiles?: boolean; verify?: boolean }>
type MergeOptions = PartialOption &
  Readonly<{ from: string; fromProfile?: string; verify?: boolean; keep?: ConflictChoice }>

const DIFFERING_SHOWN = 20
const FROM_TEXT = 'log to read: a path, a sqlite:, postgres: or mysql: URL, or an exported FILE.ndjson'

export function addReplicateCommands(program: ContextCommand): void {
  program
    .command('copy')
    .description('copy a log with its settings into another database')
    .requiredOption('--from <url>', FROM_TEXT)
    .requiredOption('--to <url>', 'log to write, in the same forms')
    .option('--all-profiles', 'copy every profile, not only the one of --profile')
    .option('--verify', 'copy nothing; check that everything is there')
    .option(...PARTIAL_OPTION)
    .run((context, options: CopyOptions) => {
      const file = [options.from, options.to].find(isExportFile)
      return file === undefined ? copyDatabase(context, options) : copyByFile(context, options, file)
    })
  program
    .command('merge')
    .description("add another device's log to this one, even after either has pruned events")
    .requiredOption('--from <url>', FROM_TEXT)
    .option('--from-profile <name>', 'profile to read there (default: the same name as here)')
    .option('--verify', 'merge nothing; check that everything is there')
    .addOption(
      new Option('--keep <which>', 'what to keep of each session in conflict: one of them, or both as two sessions')
        .choices(CONFLICT_CHOICES)
        .conflicts('verify'),
    )
    .option(...PARTIAL_OPTION)
    .run(mergeInto)
}

async function mergeInto(context: Context, { from, fromProfile, verify, keep, partial }: MergeOptions): Promise<void> {
  if (isExportFile(from)) {
    refuseForFile(from, fromProfile !== undefined || verify === true || keep !== undefined)
    return importNdjson(context, from, { partial })
  }
  const profile = fromProfile ?? context.storeConfig.profile ?? 'default'
  const source = { ...configAt(context, from), profile }
  const answer = await carry(verify ? null : mergeLog, source, context.storeConfig, keep)
  printAnswer(context, answer, answerLines)
  if (!answer.ok) process.exitCode = EXIT_FAILED
}

async function copyDatabase(context: Context, { from, to, allProfiles, verify }: CopyOptions): Promise<void> {
  const [source, target] = [configAt(context, from), configAt(context, to)]
  const profiles = allProfiles === true ? await listProfiles(source) : [context.storeConfig.profile ?? 'default']
  const answers: (ReplicationAnswer & { readonly profile: string })[] = []
  for (const profile of profiles) {
    answers.push({ profile, ...(await carry(verify ? null : copyLog, { ...source, profile }, { ...target, profile })) })
  }
  printAnswer(context, allProfiles === true ? answers : answers[0], () =>
    answers.flatMap((answer) => [...(profiles.length > 1 ? [`${answer.profile}:`] : []), ...answerLines(answer)]),
  )
  if (answers.some(({ ok }) => !ok)) process.exitCode = EXIT_FAILED
}

/** Carries the source over in one of the two ways, or with null only compares. */
function carry(
  way: typeof copyLog | typeof mergeLog | null,
  source: StoreConfig,
  target: StoreConfig,
  keep?: ConflictChoice,
): Promise<ReplicationAnswer> {
  if (way === null) return compareLogs(source, target)
  return withProgress('streams', (onProgress) => way(source, target, { onProgress, ...withoutUndefined({ keep }) }))
}

/** `file` is one of the two places. */
async function copyByFile(context: Context, options: CopyOptions, file: string): Promise<void> {
  const { from, to, allProfiles, verify, partial } = options
  refuseForFile(file, allProfiles === true || verify === true)
  if (file === from) {
    return importNdjson({ ...context, storeConfig: configAt(context, to) }, from, { settings: true, partial })
  }
  const counts = await writeNewFile(to, (write) => writeRecords(exportRecords(configAt(context, from)), write))
  printAnswer(context, { file: to, events: counts.event, summaries: counts.summary }, () => [
    `Wrote ${to}: ${recordsText(counts)}.`,
  ])
}

function isExportFile(url: string): boolean {
  return url.endsWith('.ndjson')
}

function refuseForFile(file: string, isRefused: boolean): void {
  if (!isRefused) return
  const message = `${file} is an exported log: it holds one profile without its name, and cannot be compared.`
  throw new ImmersionError('INVALID_ARGUMENT', message, {
    hint: 'Copy it into a database first. --all-profiles, --from-profile, --keep and --verify work between databases.',
    details: { file },
  })
}

function configAt({ storeConfig }: Context, url: string): StoreConfig {
  return { ...storeConfig, storage: storageFromUrl(url) }
}

function answerLines(answer: ReplicationAnswer): Lines {
  const { carried, streams, equal, targetHasMore, overlaps, conflicts, differing, sourceVerified, targetVerified } =
    answer
  const more = targetHasMore === 0 ? '' : `, and the target holds more of ${say.number(targetHasMore)}`
  const restText = (rest: number) => `${say.number(rest)} more (--json names all)`
  const damageLines = (side: string, { ok, damageCount }: typeof sourceVerified) =>
    ok ? [] : [`The ${side} has ${say.counted(damageCount, 'damaged place')}. \`immersion verify\` lists them.`]
  return [
    ...(carried === null ? [] : carriedLines(carried)),
    `${say.counted(streams, 'stream')} in the source: ${say.number(equal)} equal${more}.`,
    ...overlapLines(overlaps),
    ...conflictLines(conflicts),
    ...(differing.length === 0 ? [] : [`${say.counted(differing.length, 'stream')} not equal:`]),
    ...shortList(differing, DIFFERING_SHOWN, restText),
    ...damageLines('source', sourceVerified),
    ...damageLines('target', targetVerified),
    ...(answer.ok ? ['Everything arrived, and both logs are sound.'] : []),
  ]
}

function conflictLines(conflicts: readonly StreamConflict[]): Lines {
  if (conflicts.length === 0) return []
  const sideText = (name: string, { versions, measures, lastAtMs }: ConflictSide) => {
    const { activeMs = 0, lines = 0, chars = 0 } = measures
    const counts = `${say.duration(activeMs)} active, ${say.counted(lines, 'line')}, ${say.counted(chars, 'character')}`
    return `    ${name}: versions ${versions} until ${say.clockTime(lastAtMs, 0)} UTC, ${counts}`
  }
  return [
    `CONFLICT in ${say.counted(conflicts.length, 'stream')}: both logs counted the same versions with other content.`,
    ...conflicts.flatMap(({ streamId, source, target }) => [
      `  ${streamId}`,
      sideText('source', source),
      sideText('target', target),
    ]),
    'The target keeps its own. `immersion merge --from SOURCE --db TARGET --keep source` takes the other instead,',
    '`--keep both` keeps both as two sessions, and `--keep target` keeps this one without asking again.',
  ]
}

function carriedLines(carried: NonNullable<ReplicationAnswer['carried']>): Lines {
  const { events, summaries, sourceMovedOn, elapsedMs } = carried
  return [
    `Carried ${recordsText({ event: events, summary: summaries, settings: 0, end: 0 })} in ${say.duration(elapsedMs)}.`,
    ...(sourceMovedOn
      ? ['The source is still being written to. When it is idle, run this again to copy its latest events.']
      : []),
  ]
}
