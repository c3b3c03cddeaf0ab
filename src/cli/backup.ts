// `immersion backup FILE` and `immersion restore FILE`: the log as one file, made while it is in use, and put back. The log
// that a restore replaces is kept aside and named, so that a restore can be taken back by another one.

import type { Command } from 'commander'
import { backUp, type RestoreAnswer, restoreBackup } from '../store/backup.js'
import { contextOf } from './context.js'
import { printAnswer } from './output.js'
import * as say from './wording.js'

export function addBackupCommands(program: Command): void {
  const backup = program
    .command('backup <file>')
    .description('write the whole log into one new file; it may be in use meanwhile')
  backup.action(async (file: string) => {
    const context = contextOf(backup)
    printAnswer(context, await backUp(context.storeConfig, file), ({ bytes }) => [
      `Wrote ${file}: ${say.megabytes(bytes)}.`,
    ])
  })

  const restore = program
    .command('restore <file>')
    .description('check a backup and put it in the place of the log, which is kept aside')
  restore.action(async (file: string) => {
    const context = contextOf(restore)
    printAnswer(context, await restoreBackup(context.storeConfig, file), restoreLines)
  })
}

function restoreLines({ file, profiles, events, keptAside }: RestoreAnswer): readonly string[] {
  const whose = profiles.length === 1 ? `the profile ${profiles[0]}` : `${profiles.length} profiles`
  return [
    `Restored ${file}: ${whose}, ${say.number(events)} events, all verified.`,
    ...(keptAside === null ? [] : [`What was there is kept as ${keptAside}`]),
  ]
}
