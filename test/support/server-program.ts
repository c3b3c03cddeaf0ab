// The program of a database server, in the form that server-keeper.ts needs. postgres-program.ts and mariadb-program.ts have one
// for each kind.

export type ServerKind = 'postgres' | 'mysql'

export interface ServerProgram {
  /** Creates an empty cluster of databases in `folder`, which exists, is empty and belongs to `owner`. */
  create(folder: string): void
  /** The command that serves the cluster in `folder`. */
  command(folder: string, port: number): { readonly file: string; readonly args: readonly string[] }
  /** The signal that ends it at once, as a crash does. */
  readonly atOnce: NodeJS.Signals
  /** The signal that shuts it down. */
  readonly inOrder: NodeJS.Signals
  /** The uid and gid to run under; undefined for those of this process. */
  readonly owner: number | undefined
  /** The administrator, who needs no password. */
  readonly user: string
}
