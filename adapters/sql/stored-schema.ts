// What an adapter has read of its database's schema, for deciding what is still to be done (migrations.ts, row-tables.ts).

export interface StoredSchema {
  /** 0 when nothing is there yet. */
  readonly version: number
  /** By table. Partitions of a table are not tables of their own. */
  readonly columns: ReadonlyMap<string, readonly string[]>
  readonly indexes: ReadonlySet<string>
}
