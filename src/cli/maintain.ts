// `immersion rebuild`, `immersion verify` and `immersion retain`: the passes over a complete log. rebuild computes the read
// models again. verify checks that everything stored is right, and ends with exit code 1 when something is damaged. retain
// removes events and rows that are past their retention window, and gives the space back.

import { dayToIso, monthToIso } from '../events/calendar.js'
import { QUARTER_MS } from '../events/time-units.js'
import type {
  Damage,
  RebuildOptions,
  RebuildReport,
  RetainOptions,
  RetainReport,
  VerifyReport,
} from '../ports/report-types.js'
import type { ImmersionTrackingStore } from '../ports/store-types.js'
import { type ContextCommand, printFromStore } from './context.js'
import { EXIT_FAILED, type Lines, shortList, withProgress } from './output.js'
import * as say from './wording.js'

const DAMAGE_SHOWN = 20

export function addMaintainCommands(program: ContextCommand): void {
  program
    .command('rebuild')
    .description('compute every read model again from the ledger')
    .option('--from-log', 'first compute the ledgers of complete streams again from their events')
    .option('--projection <name>', 'rebuild only this read model')
    .run((context, options: RebuildOptions) =>
      printFromStore(context, ({ maintenance }) => maintenance.rebuild(options), rebuildLines),
    )
  program
    .command('verify')
    .description('check every event, the ledger and the read models')
    .run((context) => printFromStore(context, verify, verifyLines))
  program
    .command('retain')
    .description('remove events past their retention window; totals stay')
    .option('--dry-run', 'remove nothing; print how much would be removed')
    .run((context, { dryRun }: RetainOptions) => {
      const retain = ({ maintenance }: ImmersionTrackingStore) =>
        withProgress('events', (onProgress) => maintenance.retain({ dryRun, vacuumAfterMs: 0, onProgress }))
      return printFromStore(context, retain, retainLines)
    })
}

async function verify({ maintenance }: ImmersionTrackingStore): Promise<VerifyReport> {
  const report = await withProgress('events', (onProgress) => maintenance.verify({ onProgress }))
  if (!report.ok) process.exitCode = EXIT_FAILED
  return report
}

function rebuildLines(report: RebuildReport): Lines {
  const { videosCorrected, ledgersCorrected, ledgersIncomplete } = report
  const changed = Object.entries(report.changed).filter(([, one]) => one.added + one.removed + one.corrected > 0)
  const isChanged = changed.length > 0 || videosCorrected > 0 || ledgersCorrected > 0
  const source = `${say.counted(report.ledgerEntries, 'ledger entry')} of ${say.counted(report.streams, 'stream')}`
  const elapsed = `${say.number(report.elapsedMs)} ms`
  return [
    isChanged ? `Rebuilt from ${source} in ${elapsed}:` : `Nothing differed: ${source} compared in ${elapsed}.`,
    ...changed.map(
      ([id, one]) =>
        `  ${id}: ${say.counted(one.added, 'row')} added, ${one.removed} removed, ${one.corrected} corrected`,
    ),
    ...(videosCorrected > 0 ? [`  videos: ${say.number(videosCorrected)} corrected`] : []),
    ...(ledgersCorrected > 0 ? [`  ledgers computed again: ${say.number(ledgersCorrected)}`] : []),
    ...(ledgersIncomplete > 0
      ? [`  ledgers left as they are, because some of their events are gone: ${say.number(ledgersIncomplete)}`]
      : []),
    ...report.unrepaired.map((damage) => `  cannot be repaired: ${damageText(damage)}`),
  ]
}

export function verifyLines(report: VerifyReport): Lines {
  const { events, streams, ledgerEntries, rows, damage, damageCount } = report
  const checked = [
    say.counted(events, 'event'),
    say.counted(streams, 'stream'),
    say.counted(ledgerEntries, 'ledger entry'),
    say.counted(rows, 'row'),
  ].join(', ')
  if (report.ok) return [`No damage found in ${checked}.`, ...missingLines(report)]
  const restText = (rest: number) => `${say.number(rest)} more (--json names up to 1,000)`
  return [
    `Damage in ${say.counted(damageCount, 'place')}, out of ${checked}:`,
    ...shortList(damage.map(damageText), DAMAGE_SHOWN, restText, damageCount),
    '`immersion rebuild` repairs read models. `immersion rebuild --from-log` repairs ledgers whose events are all held.',
    ...missingLines(report),
  ]
}

/** A missing version is no damage, because nothing stored is wrong. It may be late, or refused by the database for good. */
function missingLines({ missing }: VerifyReport): Lines {
  if (missing.length === 0) return []
  const streams = missing.map(({ streamId, versions }) => `stream ${streamId}: ${versions}`)
  return [
    'Versions that have not arrived (they are late, or the database refused them):',
    ...shortList(streams, DAMAGE_SHOWN, (rest) => `of ${say.counted(rest, 'more stream')}`),
  ]
}

function damageText(damage: Damage): string {
  switch (damage.kind) {
    case 'event':
      return `event ${damage.position} (stream ${damage.streamId}, version ${damage.version}): ${damage.what}`
    case 'stream':
      return `stream ${damage.streamId}: ${damage.what}`
    case 'ledger':
      return `ledger of ${damage.streamId} at ${new Date(damage.quarter * QUARTER_MS).toISOString()}: ${damage.what}`
    case 'row':
      return `row of ${damage.projection} ${JSON.stringify(damage.key)}: ${damage.what}`
    case 'video':
      return `video ${damage.videoKey}: ${damage.what}`
    case 'head':
      return `head: ${damage.what}`
  }
}

function retainLines(report: RetainReport): Lines {
  if (report.outcome === 'noted') {
    return [
      'Nothing was removed: the clock is more than 30 days ahead of the last run and of every event before today.',
      ...(report.dryRun
        ? []
        : ['If the clock is right, run `immersion retain` again: the second run removes old detail.']),
    ]
  }
  const { pruned, rowsFrom, rowsRemoved, dryRun } = report
  const rows = Object.values(rowsRemoved).reduce((sum, one) => sum + one, 0)
  const removed = [
    say.counted(pruned.detail, 'event'),
    say.counted(pruned.telemetry, 'heartbeat'),
    `${say.counted(rows, 'row')} of old days and months`,
  ]
  const kept = [
    'every total',
    'every session',
    ...(rowsFrom.day === null ? [] : [`days by video since ${dayToIso(rowsFrom.day)}`]),
    ...(rowsFrom.month === null ? [] : [`months by video since ${monthToIso(rowsFrom.month)}`]),
  ]
  return [
    `${dryRun ? 'Would remove' : 'Removed'}: ${removed.join(', ')}.`,
    `Kept: ${kept.join(', ')}.`,
    `Size: ${say.size(report.bytesBefore)} before, ${dryRun ? 'about ' : ''}${say.size(report.bytesAfter)} after.`,
  ]
}
