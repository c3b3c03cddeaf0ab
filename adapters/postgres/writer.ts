// All writes of a batch as one statement: a chain of common table expressions that all depend on the update of the head. When
// the head is not at the revision before, the update finds no row and neither does anything else; when another transaction
// holds it, the update waits, and so does everything else. A few rows of a table are listed; more are bound as one array for
// each column, so that batches of any size have few texts, which the server prepares once each.

import type { ServerWrites } from '../server/database.js'
import type { Bind, SqlDialect } from '../sql/dialect.js'
import { conflictClause, UPDATE_HEAD } from '../sql/statements.js'
import { headBinds, type TableWrites } from '../sql/table-writes.js'
import type { Column } from '../sql/tables.js'
import { arrayText } from './array-text.js'

export interface Statement {
  readonly text: string
  readonly binds: readonly Bind[]
}

/**
 * So few rows are listed one by one, which the server reads faster than arrays of them; more would be too many texts. Usual
 * are one or two rows of each table beside the events.
 */
const LISTED_ROWS_MAX = 4

/** Binds: headBinds. */
const HEAD = `head as (${UPDATE_HEAD} returning profile_id)`

export class PostgresWriter {
  readonly #dialect: SqlDialect
  /** By the shape of the writes. */
  readonly #texts = new Map<string, string>()

  constructor(dialect: SqlDialect) {
    this.#dialect = dialect
  }

  /** Answers one row when the head was at the revision before, else none. */
  statement({ stored, head, parts }: ServerWrites): Statement {
    const binds: Bind[] = [...headBinds(stored.profileId, head)]
    for (const part of parts) pushRows(binds, part)
    return { text: this.#textOf(parts), binds }
  }

  #textOf(parts: readonly TableWrites[]): string {
    const shape = parts.map((part) => `${part.table.name} ${part.how} ${listedRows(part)}`).join()
    let text = this.#texts.get(shape)
    if (text === undefined) {
      const steps = [HEAD, ...parts.map((part) => this.#step(part))]
      text = this.#dialect.text(`with ${steps.join(',\n')}\nselect profile_id from head`)
      this.#texts.set(shape, text)
    }
    return text
  }

  /** The profile's id is read from the updated head, so the step does nothing where the head was not updated. */
  #step(part: TableWrites): string {
    const { table, how } = part
    const columns = boundColumns(part)
    const names = columns.map(({ name }) => name).join(', ')
    const given = `${givenRows(part)} as given (${names})`
    if (how === 'remove') {
      const keys = columns.map(({ name }) => `${table.name}.${name} = given.${name}`).join(' and ')
      return `removed_${table.name} as (delete from ${table.name} using head, ${given}
  where ${table.name}.profile_id = head.profile_id and ${keys})`
    }
    const values = columns.map(({ name, type }) => (type === 'uuid' ? `decode(${name}, 'hex')` : name)).join(', ')
    return `new_${table.name} as (insert into ${table.name} (profile_id, ${names})
  select head.profile_id, ${values} from head, ${given}${conflictClause(this.#dialect, part)})`
  }
}

/** All but the profile's id, which is the first. */
function boundColumns({ table, how }: TableWrites): readonly Column[] {
  return table.columns.slice(1, how === 'remove' ? table.keyLength : undefined)
}

/** How many rows are listed one by one. 0: their columns are bound as arrays. */
function listedRows({ rows }: TableWrites): number {
  return rows.length <= LISTED_ROWS_MAX ? rows.length : 0
}

function givenRows(part: TableWrites): string {
  const listed = listedRows(part)
  const types = boundColumns(part).map(({ type }) => (type === 'integer' ? 'bigint' : 'text'))
  if (listed === 0) return `unnest(${types.map((type) => `?::${type}[]`).join(', ')})`
  const row = `(${types.map((type) => `?::${type}`).join(', ')})`
  return `(values ${Array.from({ length: listed }, () => row).join(', ')})`
}

function pushRows(binds: Bind[], part: TableWrites): void {
  if (listedRows(part) === 0) {
    for (const [index, { type }] of boundColumns(part).entries()) binds.push(arrayText(type, part.rows, index + 1))
    return
  }
  for (const [_profileId, ...values] of part.rows) {
    // A statement decodes the digits of a UUID, since an array of texts cannot hold bytes.
    for (const value of values) binds.push(Buffer.isBuffer(value) ? value.toString('hex') : (value ?? null))
  }
}
