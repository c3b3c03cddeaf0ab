// Which database servers the tests can start here. Looked up without starting anything, so that a test file knows at once
// what it has to skip. How each is started is said in postgres-program.ts and mariadb-program.ts.

import { mariadbProgram } from './mariadb-program.js'
import { postgresProgram } from './postgres-program.js'
import type { ServerKind, ServerProgram } from './server-program.js'

/** The program that would be started, or what is missing, as a sentence. */
export function serverProgram(kind: ServerKind): ServerProgram | { readonly missing: string } {
  return kind === 'postgres' ? postgresProgram() : mariadbProgram()
}
