// `immersion rebuild` and `immersion verify`: works the read models out again, and says whether everything stored is
// what it should be. verify ends with 1 when something is damaged.

import type { Command } from 'commander'
import { QUARTER_MS } from '../events/time-units.js'
import type { Damage, RebuildReport, VerifyReport } from '../ports/store-types.js'
import { contextOf, withStore } from './context.js'
import { EXIT_FAILED } from './exit.js'
import { printAnswer } from './output.js'
import { endProgress, progressLine } from './progress.js'
import * as say from './wording.js'

const DAMAGE_SHOWN = 20

export function addMaintenanceCommands(program: Command): void {
  const rebuild = program
    .command('rebuild')
    .description('work every read model out again from the ledger')
    .option('--from-log', 'make the ledgers of whole streams anew from their events first')
    .option('--projection <name>', 'only this one')
  rebuild.action(async ({ fromLog, projection }: { readonly fromLog?: boolean; readonly projection?: string }) => {
    const context = contextOf(rebuild)
    await withStore(context, async (store) => {
      const report = await store.maintenance.rebuild({
        fromLog: fromLog === true,
        ...(projection === undefined ? {} : { projection }),
      })
      printAnswer(context, report, rebuildLines)
    })
  })

  const verify = program.command('verify').description('check every event, the ledger and the read models')
  verify.action(async () => {
    const context = contextOf(verify)
    await withStore(context, async (store) => {
      const report = await store.maintenance.verify({ onProgress: progressLine() })
      endProgress()
      printAnswer(context, report, verifyLines)
      if (!report.ok) process.exitCode = EXIT_FAILED
    })
  })
}

export function verifyLines(report: VerifyReport): readonly string[] {
  const looked = `${say.number(report.events)} events, ${say.number(report.streams)} streams, ${say.number(report.ledgerEntries)} ledger entries, ${say.number(report.rows)} rows`
  const missing = missingLines(report)
  if (report.ok) return [`All is well: ${looked}.`, ...missing]
  const shown = report.damage.slice(0, DAMAGE_SHOWN).map((one) => `  ${damageText(one)}`)
  const rest = report.damageCount - shown.length
  return [
    `${say.number(report.damageCount)} differences in ${looked}:`,
    ...shown,
    ...(rest > 0 ? [`  and ${say.number(rest)} more (--json names up to 1,000)`] : []),
    'rebuild mends read models; rebuild --from-log mends ledgers whose events are all held.',
    ...missing,
  ]
}

/** Not damage: nothing that is stored is wrong. But what a database refused stays a hole, and is named here. */
function missingLines({ missing }: VerifyReport): readonly string[] {
  if (missing.length === 0) return []
  const shown = missing.slice(0, DAMAGE_SHOWN).map(({ streamId, versions }) => `  stream ${streamId}: ${versions}`)
  const rest = missing.length - shown.length
  return [
    'Versions that have not arrived (late, or refused by the database):',
    ...shown,
    ...(rest > 0 ? [`  and of ${say.number(rest)} more streams`] : []),
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

function rebuildLines(report: RebuildReport): readonly string[] {
  const changed = Object.entries(report.changed).filter(([, one]) => one.added + one.removed + one.corrected > 0)
  const from = `${say.number(report.ledgerEntries)} ledger entries of ${say.number(report.streams)} streams`
  return [
    changed.length === 0 && report.videosCorrected === 0 && report.ledgersCorrected === 0
      ? `Nothing differed: ${from}, ${report.elapsedMs.toFixed(0)} ms.`
      : `Worked out again from ${from}, ${report.elapsedMs.toFixed(0)} ms:`,
    ...changed.map(
      ([id, one]) => `  ${id}: ${one.added} rows added, ${one.removed} removed, ${one.corrected} corrected`,
    ),
    ...(report.videosCorrected > 0 ? [`  videos: ${report.videosCorrected} corrected`] : []),
    ...(report.ledgersCorrected > 0 ? [`  ledgers made anew: ${report.ledgersCorrected}`] : []),
    ...(report.ledgersIncomplete > 0
      ? [`  ledgers left as they are, since events of theirs are gone: ${report.ledgersIncomplete}`]
      : []),
  ]
}
