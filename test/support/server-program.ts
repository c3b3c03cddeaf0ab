// What a database server of the tests is to whoever starts it (server-keeper.ts); one for each kind is in
// postgres-program.ts and mariadb-program.ts.

export type ServerKind = 'postgres' | 'mysql'

/** A server program as test/support/server-keeper.ts needs it. */
export interface ServerProgram {
  /** Makes an empty cluster of databases in `folder`, which is there, is empty and belongs to `owner`. */
  create(folder: string): void
  /** What serves the cluster in `folder`. */
  command(folder: string, port: number): { readonly file: string; readonly args: readonly string[] }
  /** Ends it at once, as a crash does. */
  readonly atOnce: NodeJS.Signals
  /** Ends it in order. */
  readonly inOrder: NodeJS.Signals
  /** Uid and gid to run under; undefined: those of this process. */
  readonly owner: number | undefined
  /** Who may do everything there, without a password. */
  readonly user: string
}
