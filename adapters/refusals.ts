// What every adapter refuses, in one form: writes that contradict the log, and an event that a database does not take, which
// is EVENT_REFUSED with the event's identity, by which the pipeline sets it aside.

import { ImmersionError } from '../src/events/errors.js'
import type { EventRow, LogWrites } from '../src/ports/event-log.js'

/** Throws when a number of the event is not an integer that every database and JavaScript hold exactly. */
export function refuseEvent(event: EventRow, writes: LogWrites): void {
  if (
    !Number.isSafeInteger(event.occurredAtMs) ||
    !Number.isSafeInteger(event.utcOffsetMin) ||
    !Number.isSafeInteger(event.measure1) ||
    !Number.isSafeInteger(event.measure2) ||
    !Number.isSafeInteger(event.measure3) ||
    !Number.isSafeInteger(event.version) ||
    !Number.isSafeInteger(event.checksum)
  ) {
    throw refusedEvent(event, writes, 'one of its numbers is not an integer between −2^53 and 2^53')
  }
}

export function refusedEvent(event: EventRow, writes: LogWrites, why: string, cause?: unknown): ImmersionError {
  const streamId = writes.streams.find((row) => row.stream === event.stream)?.streamId
  return new ImmersionError('EVENT_REFUSED', `An event was refused: ${why}.`, {
    hint: 'It is set aside; nothing else is lost.',
    details: { streamId, stream: event.stream, version: event.version, position: event.position, type: event.type },
    cause,
  })
}

/** Throws when the events do not follow on `position`, or the head does not stand at the last of them. */
export function checkPositions(position: number, writes: LogWrites): void {
  let expected = position
  for (const event of writes.events) {
    expected++
    if (event.position !== expected) throw brokenWrites(`position ${event.position} is not ${expected}`)
  }
  if (writes.head.position !== expected) throw brokenWrites(`the head's position is not ${expected}`)
}

/** Throws when a range of removed positions is none, or reaches into what these writes record. */
export function checkRemovedPositions(position: number, writes: LogWrites): void {
  for (const [from, through] of writes.removedPositions ?? []) {
    if (from >= 1 && from <= through && through <= position) continue
    throw brokenWrites(`positions ${from} to ${through} cannot be removed, the last is ${position}`)
  }
}

export function brokenWrites(what: string): ImmersionError {
  return new ImmersionError('STORAGE_FAILED', `The writes contradict the log: ${what}.`)
}

export function unknownProfile(profile: string): ImmersionError {
  return new ImmersionError('INVALID_ARGUMENT', `There is no profile ${profile}.`, { details: { profile } })
}

export function unknownProjection(projection: string, known: ReadonlyMap<string, unknown>): ImmersionError {
  return new ImmersionError('UNKNOWN_PROJECTION', `The log was opened without the projection ${projection}.`, {
    details: { projection, known: [...known.keys()] },
  })
}

export function snapshotEnded(): ImmersionError {
  return new ImmersionError('INVALID_ARGUMENT', 'A snapshot was used after its read had ended.')
}

export function logClosed(): ImmersionError {
  return new ImmersionError('STORE_CLOSED', 'The log is closed.')
}

export function updateBehind(): ImmersionError {
  return new ImmersionError('STORAGE_FAILED', 'An update must raise the revision by one.')
}
