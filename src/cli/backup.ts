// `immersion backup FILE` and `immersion restore FILE`: write the log into one file while it is in use, and put it back.
// A restore keeps the log that it replaces under another name and prints that name, so that it can be undone.

import type { Command } from 'commander'
import { backUp, type RestoreAnswer, restoreBackup } from '../store/database.js'
import { contextOf } from './context.js'
import { printAnswer } from './output.js'
import * as say from './wording.js'

export function addBackupCommands(program: Command): void {
  const backup = program
    .command('backup <file>')
    .description('write the complete log into a new file, even while it is in use')
  backup.action(async (file: string) => {
    const context = contextOf(backup)
    printAnswer(context, await backUp(context.storeConfig, file), ({ bytes }) => [`Wrote ${file}: ${say.size(bytes)}.`])
  })

  const restore = program
    .command('restore <file>')
    .description('check a backup and replace the log with it; the old log is kept under another name')
  restore.action(async (file: string) => {
    const context = contextOf(restore)
    printAnswer(context, await restoreBackup(context.storeConfig, file), restoreLines)
  })
}

function restoreLines({ file, profiles, events, keptAside }: RestoreAnswer): readonly string[] {
  const names = profiles.length === 1 ? `the profile ${profiles[0]}` : say.counted(profiles.length, 'profile')
  return [
    `Restored ${file}: ${names} with ${say.counted(events, 'event')}, all verified.`,
    ...(keptAside === null ? [] : [`The log that was replaced is kept as ${keptAside}`]),
  ]
}
