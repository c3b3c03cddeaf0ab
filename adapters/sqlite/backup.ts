// Backups of the file: one complete file of one moment, made while others write, and put back. A backup is first copied
// beside the log (staged), where its reader may open and check it; then the present file steps aside and the copy takes
// its name. At no moment is there no file that holds the log: before the last rename it is the one kept aside.

import { existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { ImmersionError } from '../../src/events/errors.js'
import type { StagedBackup } from '../../src/ports/event-log.js'
import { openExisting, openToReplace } from './connection.js'
import { copiesOf, copyAndClose, timeInName } from './copies.js'
import { sqliteError } from './errors.js'
import type { SqliteFile } from './schema.js'

/** The files that SQLite keeps beside a database; all of them belong to it. */
const COMPANIONS = ['-wal', '-shm', '-journal'] as const

export async function backUp(file: SqliteFile, target: string): Promise<{ readonly bytes: number }> {
  const path = resolve(target)
  if (existsSync(path)) {
    throw new ImmersionError('INVALID_ARGUMENT', `There is a file at ${path} already, and it was left as it is.`, {
      hint: 'Give the backup another name.',
      details: { path },
    })
  }
  copyAndClose(await openExisting(file), file.path, path, 'write the backup')
  return { bytes: statSync(path).size }
}

export async function stageBackup(file: SqliteFile, source: string): Promise<StagedBackup> {
  const path = resolve(source)
  if (!existsSync(path)) {
    throw new ImmersionError('STORAGE_UNAVAILABLE', `There is no backup at ${path}.`, { details: { path } })
  }
  const staged = `${file.path}.restoring.${timeInName(new Date())}`
  copyAndClose(await openExisting({ ...file, path }), path, staged, 'read the backup')
  const discard = (): void => {
    // Opening it for a check may have migrated it, and that makes copies.
    for (const copy of copiesOf(staged)) rmSync(copy, { force: true })
    for (const companion of ['', ...COMPANIONS]) rmSync(`${staged}${companion}`, { force: true })
  }
  return {
    storage: { path: staged, ...(file.nativeBinding === undefined ? {} : { nativeBinding: file.nativeBinding }) },
    async putInPlace() {
      try {
        const keptAside = await stepAside(file)
        renameSync(staged, file.path)
        discard()
        return { keptAside }
      } catch (error) {
        throw sqliteError(error, file.path, 'put the backup in its place')
      }
    },
    discard,
  }
}

/** Answers where the present file is now, null where there was none. */
async function stepAside(file: SqliteFile): Promise<string | null> {
  if (!existsSync(file.path)) return null
  const aside = `${file.path}.before-restore.${timeInName(new Date())}`
  await foldWal(file)
  // The rest of the -wal of a file that cannot be read still belongs to it; SQLite makes the -shm again from it.
  if (existsSync(`${file.path}-wal`)) renameSync(`${file.path}-wal`, `${aside}-wal`)
  rmSync(`${file.path}-shm`, { force: true })
  renameSync(file.path, aside)
  return aside
}

/**
 * Leaving WAL takes everything into the one file. SQLite does it only for a connection that is alone with the file, so a
 * failure also shows that a program has it open. A file that is damaged cannot do it, and steps aside as it is.
 */
async function foldWal(file: SqliteFile): Promise<void> {
  try {
    const database = await openToReplace(file)
    try {
      database.pragma('journal_mode = delete')
    } finally {
      database.close()
    }
  } catch (error) {
    const failure = sqliteError(error, file.path, 'step aside')
    if (failure.code === 'STORAGE_CORRUPT') return
    if (failure.code !== 'STORAGE_BUSY') throw failure
    throw new ImmersionError('STORAGE_BUSY', `A program has ${file.path} open, so it was left as it is.`, {
      hint: 'End what tracks into it, then restore.',
      details: { path: file.path },
      cause: error,
    })
  }
}
