// Payload versions. A stored payload is never rewritten: it is read through these pure one-step functions, each of which
// turns one version of one type into the next, until it is of the current version. To change a payload: add a step at
// the end of its type's list, and the version rises by itself.

import type { BuiltInType } from './types.js'

type Payload = Readonly<Record<string, unknown>> | null
/** The first step leads from version 1 to 2, the next from 2 to 3. */
export type Upcast = (payload: Payload) => Payload

const UPCASTS: Readonly<Partial<Record<BuiltInType, readonly Upcast[]>>> = {
  'card.mined': [noteIdToNoteIds],
}

const STEPS: ReadonlyMap<string, readonly Upcast[]> = new Map(Object.entries(UPCASTS))
const NO_STEPS: readonly Upcast[] = []

/** In which version payloads of a type are written now: 1 where none of its upcasts exists, open types included. */
export function payloadVersionOf(type: string): number {
  return (STEPS.get(type) ?? NO_STEPS).length + 1
}

/** A payload of version `payloadVersion` (1 to the current one) as the current version would say it. */
export function upcastPayload(type: string, payloadVersion: number, payload: Payload): Payload {
  const steps = STEPS.get(type) ?? NO_STEPS
  let current = payload
  for (let version = payloadVersion; version <= steps.length; version++) {
    current = (steps[version - 1] as Upcast)(current)
  }
  return current
}

/** Version 1 named one note, `{ noteId }`. One call may mine several cards, so version 2 has a list. */
function noteIdToNoteIds(payload: Payload): Payload {
  if (payload === null || !('noteId' in payload)) return payload
  const { noteId, ...rest } = payload
  return { ...rest, noteIds: [noteId] }
}
