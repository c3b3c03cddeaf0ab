// `immersion copy` and `immersion merge`: a log into another one, wherever each of them is, and whether all of it is there.
// Both may be broken off and begun again; what is there already is passed over.

import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { ImmersionError } from '../events/errors.js'
import type { ReplicationProgress } from '../ports/replica-types.js'
import { lineOf, recordsOfLines } from '../replicate/ndjson.js'
import type { StoreConfig } from '../store/config.js'
import { listProfiles } from '../store/database.js'
import {
  compareLogs,
  copyLog,
  exportRecords,
  importRecords,
  mergeLog,
  type ReplicationAnswer,
} from '../store/replication.js'
import { storageFromUrl } from '../store/storage-location.js'
import { type Context, contextOf } from './context.js'
import { EXIT_FAILED } from './exit.js'
import { printAnswer } from './output.js'
import { endProgress, timedProgressLine } from './progress.js'
import { linesOf, overlapLines, takenLines } from './transfer.js'
import * as say from './wording.js'

interface CopyOptions {
  readonly from: string
  readonly to: string
  readonly allProfiles?: boolean
  readonly verify?: boolean
}

interface MergeOptions {
  readonly from: string
  readonly fromProfile?: string
  readonly verify?: boolean
}

const DIFFERING_SHOWN = 20

export function addReplicateCommands(program: Command): void {
  const copy = program
    .command('copy')
    .description('everything of one log into another database, settings included')
    .requiredOption('--from <url>', 'a path, sqlite:, postgres: or mysql: as a URL, or an exported FILE.ndjson')
    .requiredOption('--to <url>', 'the same')
    .option('--all-profiles', 'every profile, not only the one that --profile names')
    .option('--verify', 'only say whether everything is there')
  copy.action(async (options: CopyOptions) => {
    const context = contextOf(copy)
    if (isExported(options.from)) await copyFromFile(context, options)
    else if (isExported(options.to)) await copyToFile(context, options)
    else await copyDatabase(context, options)
  })

  const merge = program
    .command('merge')
    .description("another device's log into this one, whatever either has pruned")
    .requiredOption('--from <url>', 'a path, sqlite:, postgres: or mysql: as a URL, or an exported FILE.ndjson')
    .option('--from-profile <name>', 'the profile there; the same name as here if none is given')
    .option('--verify', 'only say whether everything is there')
  merge.action(async ({ from, fromProfile, verify }: MergeOptions) => {
    const context = contextOf(merge)
    if (isExported(from)) {
      const records = () => recordsOfLines(linesOf(from))
      printAnswer(context, await importRecords(context.storeConfig, records, { readableAgain: true }), takenLines)
      return
    }
    const { profile } = context.storeConfig
    const source = { ...configAt(context, from), profile: fromProfile ?? profile ?? 'default' }
    const answer =
      verify === true
        ? await compareLogs(source, context.storeConfig)
        : await mergeLog(source, context.storeConfig, { onProgress: progress() })
    endProgress()
    printAnswer(context, answer, answerLines)
    if (!answer.ok) process.exitCode = EXIT_FAILED
  })
}

async function copyDatabase(context: Context, { from, to, allProfiles, verify }: CopyOptions): Promise<void> {
  const [source, target] = [configAt(context, from), configAt(context, to)]
  const profiles = allProfiles === true ? await listProfiles(source) : [context.storeConfig.profile ?? 'default']
  const answers: (ReplicationAnswer & { readonly profile: string })[] = []
  for (const profile of profiles) {
    const [one, other] = [
      { ...source, profile },
      { ...target, profile },
    ]
    const answer =
      verify === true ? await compareLogs(one, other) : await copyLog(one, other, { onProgress: progress() })
    endProgress()
    answers.push({ profile, ...answer })
  }
  printAnswer(context, allProfiles === true ? answers : answers[0], () =>
    answers.flatMap((answer) => [...(profiles.length > 1 ? [`${answer.profile}:`] : []), ...answerLines(answer)]),
  )
  if (answers.some(({ ok }) => !ok)) process.exitCode = EXIT_FAILED
}

async function copyFromFile(context: Context, { from, to, allProfiles, verify }: CopyOptions): Promise<void> {
  refuseForFiles(from, allProfiles, verify)
  const records = () => recordsOfLines(linesOf(from))
  const options = { readableAgain: true, settings: true }
  printAnswer(context, await importRecords(configAt(context, to), records, options), takenLines)
}

async function copyToFile(context: Context, { from, to, allProfiles, verify }: CopyOptions): Promise<void> {
  refuseForFiles(to, allProfiles, verify)
  const counts = { event: 0, summary: 0, settings: 0 }
  async function* lines(): AsyncGenerator<string> {
    for await (const record of exportRecords(configAt(context, from))) {
      counts[record.kind]++
      yield `${lineOf(record)}\n`
    }
  }
  try {
    await pipeline(lines(), createWriteStream(to, { flags: 'wx' }))
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause
    throw new ImmersionError('INVALID_ARGUMENT', `${to} is there already`, {
      hint: 'Name a new file, or remove the old one.',
      details: { file: to },
    })
  }
  printAnswer(context, { file: to, events: counts.event, summaries: counts.summary }, ({ events, summaries }) => [
    `Wrote ${to}: ${say.counted(events, 'event')}, ${say.counted(summaries, 'summary', 'summaries')} of pruned events.`,
  ])
}

function isExported(url: string): boolean {
  return url.endsWith('.ndjson')
}

function refuseForFiles(file: string, allProfiles = false, verify = false): void {
  if (!allProfiles && !verify) return
  throw new ImmersionError(
    'INVALID_ARGUMENT',
    `${file} is an exported log: it holds one profile and cannot be compared.`,
    {
      hint: 'Copy it into a database, and use --all-profiles and --verify between databases.',
      details: { file },
    },
  )
}

function configAt({ storeConfig }: Context, url: string): StoreConfig {
  return { ...storeConfig, storage: storageFromUrl(url) }
}

function progress(): (progress: ReplicationProgress) => void {
  const draw = timedProgressLine('streams')
  return ({ done, total, elapsedMs }) => draw({ done, total, elapsedMs })
}

export function answerLines(answer: ReplicationAnswer): readonly string[] {
  const { carried, streams, equal, targetHasMore, differing, overlaps, sourceVerified, targetVerified } = answer
  const more = targetHasMore === 0 ? '' : `, of ${say.number(targetHasMore)} there is more here`
  return [
    ...(carried === null
      ? []
      : [
          `Carried ${say.counted(carried.events, 'event')} and ${say.counted(carried.summaries, 'summary', 'summaries')} of pruned events in ${say.duration(carried.elapsedMs)}.`,
          ...(carried.sourceMovedOn ? ['The source is written to; run it again when it rests.'] : []),
        ]),
    `${say.counted(streams, 'stream')} there: ${say.number(equal)} are equal${more}.`,
    ...overlapLines(overlaps),
    ...differingLines(differing),
    ...(sourceVerified.ok
      ? []
      : [`The source is damaged: ${say.counted(sourceVerified.damageCount, 'difference')}. verify names them.`]),
    ...(targetVerified.ok
      ? []
      : [`The target is damaged: ${say.counted(targetVerified.damageCount, 'difference')}. verify names them.`]),
    ...(answer.ok ? ['All of it is here, and both logs verify.'] : []),
  ]
}

function differingLines(differing: readonly string[]): readonly string[] {
  if (differing.length === 0) return []
  const rest = differing.length - DIFFERING_SHOWN
  return [
    `${say.counted(differing.length, 'stream')} differ:`,
    ...differing.slice(0, DIFFERING_SHOWN).map((streamId) => `  ${streamId}`),
    ...(rest > 0 ? [`  and ${say.number(rest)} more (--json names all)`] : []),
  ]
}
