// Whether the file that is open is still the one that its path names. A sync tool, a restore or a clean-up may remove or
// replace it, or the -wal and -shm beside it; a connection would not notice, and write into a file that nobody finds again.

import { statSync } from 'node:fs'
import { ImmersionError } from '../../src/events/errors.js'
import { sqliteError } from './errors.js'
import { isInMemory } from './host-database.js'
import type { SqliteFile } from './schema.js'

/** How the files of a database end: itself, its latest writes, and the index that its connections share. */
const PARTS = ['', '-wal', '-shm']

/** Call it when the connections are open. The function that it returns throws STORAGE_REPLACED once one of the files is another. */
export function watchFile({ path, host }: SqliteFile): () => void {
  if (host !== undefined && isInMemory(host)) return () => {}
  const opened = PARTS.map((part) => identityOf(path + part))
  // The name that the host gave may have been relative to another folder; then its file is not watched.
  if (host === undefined && opened[0] === undefined) throw fileReplaced(path, 'removed')
  return () => {
    for (const [index, part] of PARTS.entries()) {
      const found = identityOf(path + part)
      // Those beside it are there once something was read or written.
      if (part !== '' && opened[index] === undefined) opened[index] = found
      if (opened[index] !== undefined && found !== opened[index])
        throw fileReplaced(path + part, found === undefined ? 'removed' : 'replaced')
    }
  }
}

export function fileReplaced(path: string, what: 'removed' | 'replaced'): ImmersionError {
  return new ImmersionError('STORAGE_REPLACED', `The database file was ${what} while it was open: ${path}`, {
    hint:
      what === 'replaced'
        ? 'What waits is written to the file that is there now.'
        : "Put the file back: what waits is written then. With storage.whenRemoved 'create' a new file is made.",
    details: { path },
  })
}

function identityOf(path: string): string | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    return found && `${found.dev}:${found.ino}`
  } catch (error) {
    throw sqliteError(error, path, 'look at its file')
  }
}
