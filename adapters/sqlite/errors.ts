// Turns the driver's errors into codes that callers may branch on, with a hint for the reader. Every error of the SQLite
// adapter passes here; an ImmersionError stays as it is.

import { type ErrorCode, ImmersionError } from '../../src/events/errors.js'

/** `doing` completes the sentence "SQLite failed to …". */
export function sqliteError(error: unknown, path: string, doing: string): ImmersionError {
  if (error instanceof ImmersionError) return error
  const sqliteCode = codeOf(error)
  const [code, hint] = CODES.find(([prefix]) => sqliteCode.startsWith(prefix))?.[1] ?? ['STORAGE_FAILED', '']
  const message = error instanceof Error ? error.message : String(error)
  return new ImmersionError(code, `SQLite failed to ${doing}: ${message}`, {
    hint,
    details: { path, sqliteCode },
    cause: error,
  })
}

export function isSqliteFailure(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_')
}

/** Whether the database refused a row for its values. */
export function isRefusedRow(error: unknown): boolean {
  return REFUSED_ROW_CODES.has(codeOf(error))
}

const REFUSED_ROW_CODES: ReadonlySet<string> = new Set([
  ...['SQLITE_TOOBIG', 'SQLITE_MISMATCH', 'SQLITE_CONSTRAINT_CHECK'],
  ...['SQLITE_CONSTRAINT_DATATYPE', 'SQLITE_CONSTRAINT_NOTNULL'],
])

/** Longer prefixes first: extended codes such as SQLITE_READONLY_DIRECTORY mean what their first part means. */
const CODES: readonly (readonly [string, readonly [ErrorCode, string]])[] = [
  ['SQLITE_BUSY', ['STORAGE_BUSY', 'Another process is writing; try again.']],
  ['SQLITE_LOCKED', ['STORAGE_BUSY', 'Another connection is writing; try again.']],
  ['SQLITE_FULL', ['STORAGE_FULL', 'Free space on the disk; what waits is written as soon as there is some.']],
  ['SQLITE_IOERR_WRITE', ['STORAGE_FAILED', 'Check whether the disk is full or failing.']],
  ['SQLITE_READONLY', ['STORAGE_READ_ONLY', 'Look at the permissions of the file and its directory.']],
  ['SQLITE_CORRUPT', ['STORAGE_CORRUPT', 'Restore the file from a backup, or import an export into a new one.']],
  ['SQLITE_NOTADB', ['STORAGE_CORRUPT', 'The file is no SQLite database; check the path.']],
  ['SQLITE_CANTOPEN', ['STORAGE_UNAVAILABLE', 'Check that the path is right and may be read.']],
  ['EACCES', ['STORAGE_UNAVAILABLE', 'Look at the permissions of the directory.']],
  ['EPERM', ['STORAGE_UNAVAILABLE', 'Look at the permissions of the directory.']],
  ['EROFS', ['STORAGE_READ_ONLY', 'The disk is mounted for reading only.']],
  ['ENOSPC', ['STORAGE_FULL', 'Free space on the disk.']],
  ['ENOTDIR', ['STORAGE_UNAVAILABLE', 'A part of the path is a file, not a directory.']],
  ['EEXIST', ['STORAGE_UNAVAILABLE', 'A part of the path is a file, not a directory.']],
]

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return typeof code === 'string' ? code : ''
}
