// The refusals that all adapters share, each written once: writes that contradict the log, an event that a database does not
// accept (EVENT_REFUSED names it, so that the pipeline can set it aside), and databases that this program must not open.

import { ImmersionError } from '../../src/events/errors.js'
import type { EventRow, LogWrites } from '../../src/ports/event-log.js'

/**
 * Throws when the writes do not continue from `position`, the head's before them, or remove what is not there; EVENT_REFUSED
 * when a number of an event is not an integer that every database and JavaScript hold exactly.
 */
export function checkWrites(position: number, writes: LogWrites): void {
  let expected = position
  for (const event of writes.events) {
    expected++
    if (event.position !== expected) throw brokenWrites(`position ${event.position} is not ${expected}`)
  }
  if (writes.head.position !== expected) throw brokenWrites(`the head's position is not ${expected}`)
  for (const [from, through] of writes.removedPositions ?? []) {
    if (from >= 1 && from <= through && through <= position) continue
    throw brokenWrites(`positions ${from} to ${through} cannot be removed, the last is ${position}`)
  }
  for (const event of writes.events) {
    if (hasUnsafeNumber(event)) {
      throw refusedEvent(event, writes, 'one of its numbers is not an integer between −2^53 and 2^53')
    }
  }
}

function hasUnsafeNumber(event: EventRow): boolean {
  return (
    !Number.isSafeInteger(event.occurredAtMs) ||
    !Number.isSafeInteger(event.utcOffsetMin) ||
    !Number.isSafeInteger(event.measure1) ||
    !Number.isSafeInteger(event.measure2) ||
    !Number.isSafeInteger(event.measure3) ||
    !Number.isSafeInteger(event.version) ||
    !Number.isSafeInteger(event.checksum)
  )
}

export function refusedEvent(event: EventRow, writes: LogWrites, why: string, cause?: unknown): ImmersionError {
  const streamId = writes.streams.find((row) => row.stream === event.stream)?.streamId
  return new ImmersionError('EVENT_REFUSED', `An event was refused: ${why}.`, {
    hint: 'It is set aside; nothing else is lost.',
    details: { streamId, stream: event.stream, version: event.version, position: event.position, type: event.type },
    cause,
  })
}

/** `contradiction` completes "The writes contradict the log: …". */
export function brokenWrites(contradiction: string): ImmersionError {
  return new ImmersionError('STORAGE_FAILED', `The writes contradict the log: ${contradiction}.`)
}

export function updateBehind(): ImmersionError {
  return new ImmersionError('STORAGE_FAILED', 'An update must raise the revision by one.')
}

/** The name of a profile leads to no head: one of the two rows was damaged. */
export function profileWithoutHead(profile: string): ImmersionError {
  return new ImmersionError('STORAGE_CORRUPT', `The profile ${profile} has a name and no head.`, {
    hint: '`immersion restore FILE` replaces the log with a backup.',
    details: { profile },
  })
}

export function unknownProfile(profile: string): ImmersionError {
  return new ImmersionError('UNKNOWN_PROFILE', `There is no profile ${profile}.`, {
    hint: 'It was deleted, or never made. `immersion profiles` lists those that there are.',
    details: { profile },
  })
}

export function unknownProjection(projection: string, known: ReadonlyMap<string, unknown>): ImmersionError {
  return new ImmersionError('UNKNOWN_PROJECTION', `The log was opened without the projection ${projection}.`, {
    details: { projection, known: [...known.keys()] },
  })
}

export function unknownColumn(column: string, columns: readonly string[]): ImmersionError {
  return new ImmersionError('INVALID_ARGUMENT', `${column} is not one of the columns ${columns.join(', ')}.`, {
    details: { column, columns },
  })
}

export function wrongCursor(values: number, terms: number): ImmersionError {
  return new ImmersionError('INVALID_ARGUMENT', `after has ${values} values, but the order has ${terms} terms.`)
}

/** Which database a refusal is about: a path, or a URL without its secret. */
export interface Place {
  readonly location: string
  /** The setting that named it. */
  readonly key: 'storage.path' | 'storage.database'
}

export function openedForReading(location: string): ImmersionError {
  return new ImmersionError('STORAGE_READ_ONLY', `The log in ${location} was opened for reading only.`, {
    details: { location },
  })
}

/** `version` is the schema that was found, `known` the newest that this program knows. */
export function schemaNewer({ location }: Place, version: number, known: number): ImmersionError {
  return new ImmersionError('SCHEMA_NEWER', `${location} has schema ${version}, newer than this program.`, {
    hint: `Update immersion-log; this version knows schemas up to ${known}.`,
    details: { location, schemaVersion: version, known },
  })
}

export function notMigrated({ location }: Place, version: number): ImmersionError {
  const state = version === 0 ? 'There is no log yet in' : 'The schema is not migrated yet in'
  return new ImmersionError('STORAGE_UNAVAILABLE', `${state} ${location}.`, {
    hint: '`immersion migrate` does that, and so does opening it once for writing.',
    details: { location, schemaVersion: version },
  })
}

/** `tables` are those that were found, if any. */
export function foreignDatabase({ location, key }: Place, tables: readonly string[]): ImmersionError {
  const some = tables.slice(0, 3).join(', ')
  const message = `${location} belongs to another program${some === '' ? '' : `, whose tables are in it: ${some}`}.`
  return new ImmersionError('INVALID_CONFIG', message, {
    hint: `Give another ${key}; nothing was changed in this one.`,
    details: { key, location, tables },
  })
}

/** `repair` is the command to run where the driver is missing. */
export function driverMissing(driver: string, repair: string, cause: unknown): ImmersionError {
  return new ImmersionError('DRIVER_MISSING', `The package ${driver} cannot be loaded.`, { hint: repair, cause })
}

export function unknownSetting(provider: string, key: string, allowed: readonly string[]): ImmersionError {
  return new ImmersionError('INVALID_CONFIG', `storage.${key} is not a setting of provider ${provider}.`, {
    hint: `Allowed: ${allowed.join(', ') || 'none'}.`,
    details: { key: `storage.${key}`, allowed },
  })
}
