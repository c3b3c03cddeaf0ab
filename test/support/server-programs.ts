// The database servers that the tests can start on this machine. Looking them up starts nothing, so that a test file knows at
// once which tests it must skip.

import { mariadbProgram } from './mariadb-program.js'
import { postgresProgram } from './postgres-program.js'
import type { ServerKind, ServerProgram } from './server-program.js'

/** The program to start, or a sentence about the missing one. */
export function serverProgram(kind: ServerKind): ServerProgram | { readonly missing: string } {
  return kind === 'postgres' ? postgresProgram() : mariadbProgram()
}
