// `immersion rebuild` and `immersion verify`: compute the read models again, and check that everything stored is right.
// verify ends with exit code 1 when something is damaged.

import type { Command } from 'commander'
import { QUARTER_MS } from '../events/time-units.js'
import type { Damage, RebuildReport, VerifyReport } from '../ports/report-types.js'
import { withoutUndefined } from '../store/config-checks.js'
import { contextOf, withStore } from './context.js'
import { EXIT_FAILED } from './exit.js'
import { printAnswer } from './output.js'
import { withProgress } from './progress.js'
import * as say from './wording.js'

const DAMAGE_SHOWN = 20

export function addRebuildCommands(program: Command): void {
  const rebuild = program
    .command('rebuild')
    .description('compute every read model again from the ledger')
    .option('--from-log', 'first compute the ledgers of complete streams again from their events')
    .option('--projection <name>', 'rebuild only this read model')
  rebuild.action(
    async ({ fromLog = false, projection }: { readonly fromLog?: boolean; readonly projection?: string }) => {
      const context = contextOf(rebuild)
      await withStore(context, async ({ maintenance }) =>
        printAnswer(context, await maintenance.rebuild({ fromLog, ...withoutUndefined({ projection }) }), rebuildLines),
      )
    },
  )

  const verify = program.command('verify').description('check every event, the ledger and the read models')
  verify.action(async () => {
    const context = contextOf(verify)
    await withStore(context, async ({ maintenance }) => {
      const report = await withProgress('events', (onProgress) => maintenance.verify({ onProgress }))
      printAnswer(context, report, verifyLines)
      if (!report.ok) process.exitCode = EXIT_FAILED
    })
  })
}

export function verifyLines(report: VerifyReport): readonly string[] {
  const checked = [
    say.counted(report.events, 'event'),
    say.counted(report.streams, 'stream'),
    say.counted(report.ledgerEntries, 'ledger entry'),
    say.counted(report.rows, 'row'),
  ].join(', ')
  if (report.ok) return [`No damage found in ${checked}.`, ...missingLines(report)]
  const shown = report.damage.slice(0, DAMAGE_SHOWN).map((one) => `  ${damageText(one)}`)
  const rest = report.damageCount - shown.length
  return [
    `Damage in ${say.counted(report.damageCount, 'place')}, out of ${checked}:`,
    ...shown,
    ...(rest > 0 ? [`  and ${say.number(rest)} more (--json names up to 1,000)`] : []),
    '`immersion rebuild` repairs read models. `immersion rebuild --from-log` repairs ledgers whose events are all held.',
    ...missingLines(report),
  ]
}

/** A missing version is no damage, because nothing stored is wrong. It may be late, or refused by the database for good. */
function missingLines({ missing }: VerifyReport): readonly string[] {
  if (missing.length === 0) return []
  const shown = missing.slice(0, DAMAGE_SHOWN).map(({ streamId, versions }) => `  stream ${streamId}: ${versions}`)
  const rest = missing.length - shown.length
  return [
    'Versions that have not arrived (they are late, or the database refused them):',
    ...shown,
    ...(rest > 0 ? [`  and of ${say.counted(rest, 'more stream')}`] : []),
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
  ]
}
