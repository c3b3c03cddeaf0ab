// The schema of a database as its adapter has read it. migrations.ts and row-tables.ts decide from it which changes are due.

export interface StoredSchema {
  /** 0 when nothing is there yet. */
  readonly version: number
  /** By table. Partitions of a table are not tables of their own. */
  readonly columns: ReadonlyMap<string, readonly string[]>
  readonly indexes: ReadonlySet<string>
}
