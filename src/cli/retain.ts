// `immersion retain`: removes events and rows that are past their retention window, and gives the space back. With
// --dry-run it only says how much would go and how large the log would be then.

import type { Command } from 'commander'
import type { RetainReport } from '../ports/report-types.js'
import { contextOf, withStore } from './context.js'
import { printAnswer } from './output.js'
import { withProgress } from './progress.js'
import * as say from './wording.js'

export function addRetainCommand(program: Command): void {
  const retain = program
    .command('retain')
    .description('remove events past their retention window; totals stay')
    .option('--dry-run', 'remove nothing; only say how much would go')
  retain.action(async ({ dryRun = false }: { readonly dryRun?: boolean }) => {
    const context = contextOf(retain)
    await withStore(context, async ({ maintenance }) => {
      const report = await withProgress('events', (onProgress) =>
        maintenance.retain({ dryRun, vacuumAfterMs: 0, onProgress }),
      )
      printAnswer(context, report, retainLines)
    })
  })
}

export function retainLines(report: RetainReport): readonly string[] {
  if (report.outcome === 'noted') {
    return [
      'Nothing was removed: the clock is more than 30 days past everything recorded before today and past the last run.',
      ...(report.dryRun ? [] : ['This run is noted. If the clock is right, run retain once more.']),
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
    ...(rowsFrom.day === null ? [] : [`days by video since ${say.day(rowsFrom.day)}`]),
    ...(rowsFrom.month === null ? [] : [`months by video since ${say.month(rowsFrom.month)}`]),
  ]
  return [
    `${dryRun ? 'Would remove' : 'Removed'}: ${removed.join(', ')}.`,
    `Kept: ${kept.join(', ')}.`,
    `Size: ${say.size(report.bytesBefore)} before, ${dryRun ? 'about ' : ''}${say.size(report.bytesAfter)} after.`,
  ]
}
