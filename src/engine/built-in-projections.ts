// The projections that come with the program, the table that a projection needs, and the check of one that a program
// registers. Every file of the folder projections/ is one: a new file there is a new read model, which the next opening of a
// log creates and fills.

import { readdirSync } from 'node:fs'
import { ImmersionError } from '../events/errors.js'
import { MEASURE_INDEX } from '../events/measures.js'
import type { RowTable } from '../ports/event-log.js'
import { type Projection, projectionId } from '../ports/projection.js'

const FOLDER = new URL('../../projections/', import.meta.url)

let builtIn: Promise<readonly Projection[]> | null = null

/** In the order of their names. Read once per thread. */
export function builtInProjections(): Promise<readonly Projection[]> {
  builtIn ??= loadFolder()
  return builtIn
}

async function loadFolder(): Promise<readonly Projection[]> {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.js'))
  const modules = await Promise.all(files.sort().map((name) => import(new URL(name, FOLDER).href)))
  return modules.flatMap((module) => Object.values(module).filter(isProjection))
}

/** Tells a projection from the other exports of a module. checkProjections checks the rest. */
export function isProjection(value: unknown): value is Projection {
  return typeof value === 'object' && value !== null && 'keyOf' in value && 'key' in value && 'name' in value
}

const NAME = /^[a-z][a-z0-9_]{0,39}$/
/** Becomes a column in snake_case. */
const COLUMN = /^[a-z][a-zA-Z0-9]{0,39}$/
/** Parts of every row already. */
const TAKEN_COLUMNS: ReadonlySet<string> = new Set(['profile', 'profileId', 'language', ...Object.keys(MEASURE_INDEX)])
/** The databases' own limit on the columns of an index is 16; profile and language take two of them. */
const KEY_MAX_COLUMNS = 8
const INDEX_MAX = 4

/** The shape of the projection's table, without the profile and without language, which every table has. */
export function rowTableOf(projection: Omit<Projection, 'keyOf'>): RowTable {
  return {
    name: projection.name,
    version: projection.version,
    key: Object.entries(projection.key).map(([name, type]) => ({ name, type })),
    indexes: projection.indexes ?? [],
  }
}

/** INVALID_ARGUMENT that names what is wrong with a registered projection. */
export function checkProjections(projections: readonly Projection[]): void {
  const ids = new Set<string>()
  for (const projection of projections) {
    const { name, version, key, indexes = [] } = projection
    const subject = `projection ${name}@${version}`
    const refuse = (what: string) =>
      new ImmersionError('INVALID_ARGUMENT', `${subject}: ${what}`, { details: { subject } })
    if (typeof name !== 'string' || !NAME.test(name)) throw refuse('its name is lower-case letters, digits and _')
    if (!Number.isSafeInteger(version) || version < 1) throw refuse('its version is an integer from 1')
    if (ids.has(projectionId(projection))) throw refuse('it is registered twice')
    ids.add(projectionId(projection))
    const columns = Object.entries(key)
    if (columns.length < 1 || columns.length > KEY_MAX_COLUMNS)
      throw refuse(`a key has 1 to ${KEY_MAX_COLUMNS} columns`)
    for (const [column, type] of columns) {
      if (!COLUMN.test(column) || TAKEN_COLUMNS.has(column))
        throw refuse(`${column} cannot be the name of a key column`)
      if (type !== 'text' && type !== 'integer') throw refuse(`${column} is neither text nor integer`)
    }
    if (indexes.length > INDEX_MAX) throw refuse(`it has more than ${INDEX_MAX} indexes`)
    for (const column of indexes.flat()) {
      if (column !== 'language' && !Object.hasOwn(key, column))
        throw refuse(`its index names ${column}, which is not in its key`)
    }
    if (projection.window !== undefined) {
      const { column, unit } = projection.window
      if (!Object.hasOwn(key, column) || key[column] !== 'integer')
        throw refuse(`its window names ${column}, which is no integer column of its key`)
      if (unit !== 'day' && unit !== 'month') throw refuse('its window is neither of days nor of months')
    }
    if (typeof projection.keyOf !== 'function') throw refuse('keyOf is not a function')
  }
}
