// Checks whether the path still names the open file. A sync tool, a restore or a clean-up may remove or
// replace it, or the -wal and -shm beside it; a connection would not notice, and write into a file that nobody finds again.

import { type Stats, statSync } from 'node:fs'
import { ImmersionError } from '../../src/events/errors.js'
import { sqliteError } from './errors.js'
import { isInMemory } from './host-database.js'
import type { SqliteFile } from './schema.js'

/** How the files of a database end: itself, its latest writes, and the index that its connections share. */
const ENDINGS = ['', '-wal', '-shm']

/** Call it when the connections are open. The function that it returns throws STORAGE_REPLACED once one of the files is another. */
export function watchFile({ path, host }: SqliteFile): () => void {
  if (host !== undefined && isInMemory(host)) return () => {}
  const files = ENDINGS.map((ending) => ({ path: path + ending, opened: identityOf(path + ending) }))
  if (files[0]?.opened === undefined) {
    if (host === undefined) throw fileReplaced(path, 'removed')
    // The name that the host gave may have been relative to another folder.
    return () => {}
  }
  return () => {
    for (const file of files) {
      const { opened } = file
      const found = identityOf(file.path)
      // Those beside it are there once something was read or written.
      if (opened === undefined) file.opened = found
      else if (found?.ino !== opened.ino || found.dev !== opened.dev)
        throw fileReplaced(file.path, found === undefined ? 'removed' : 'replaced')
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

function identityOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw sqliteError(error, path, 'look at its file')
  }
}
