// `immersion retain`: takes out what is past its window, now, and gives the space back. With --dry-run it only says what
// would go and what the size would become.

import type { Command } from 'commander'
import type { RetainReport } from '../ports/report-types.js'
import { contextOf, withStore } from './context.js'
import { printAnswer } from './output.js'
import { endProgress, progressLine } from './progress.js'
import * as say from './wording.js'

export function addRetainCommand(program: Command): void {
  const retain = program
    .command('retain')
    .description('take out detail that is past its window, and never a total')
    .option('--dry-run', 'only say what would go')
  retain.action(async ({ dryRun }: { readonly dryRun?: boolean }) => {
    const context = contextOf(retain)
    await withStore(context, async (store) => {
      const options = { dryRun: dryRun === true, vacuumAfterMs: 0, onProgress: progressLine() }
      const report = await store.maintenance.retain(options)
      endProgress()
      printAnswer(context, report, retainLines)
    })
  })
}

export function retainLines(report: RetainReport): readonly string[] {
  if (report.outcome === 'noted') {
    return [
      'Nothing was taken out: the clock is more than 30 days past everything recorded before today and past the last run.',
      ...(report.dryRun ? [] : ['This run is noted. If the clock is right, run it once more.']),
    ]
  }
  const { pruned, rowsFrom, rowsRemoved, dryRun } = report
  const rows = Object.values(rowsRemoved).reduce((sum, one) => sum + one, 0)
  const went = dryRun ? 'would go' : 'are gone'
  const kept = [
    ...(rowsFrom.day === null ? [] : [`days by video from ${say.day(rowsFrom.day)} on`]),
    ...(rowsFrom.month === null ? [] : [`months by video from ${say.month(rowsFrom.month)} on`]),
  ]
  return [
    `${say.counted(pruned.detail, 'event')}, ${say.counted(pruned.telemetry, 'heartbeat')} and ${say.counted(rows, 'row')} of old days and months ${went}.`,
    `Kept: every total, every session${kept.map((one) => `, ${one}`).join('')}.`,
    `Size ${say.megabytes(report.bytesBefore)}, ${dryRun ? 'about ' : ''}${say.megabytes(report.bytesAfter)} ${dryRun ? 'then' : 'now'}.`,
  ]
}
