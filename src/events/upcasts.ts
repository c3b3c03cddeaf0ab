// Payload versions. A stored payload is never rewritten: it is read through the one-step functions of its type
// (`upcasts` in event-types.ts) until it is of the current version.

import { byType, type Payload, type Upcast } from './event-types.js'

const NO_STEPS: readonly Upcast[] = []
const STEPS = byType(({ upcasts }) => upcasts ?? NO_STEPS)

/** The version in which payloads of a type are written now: 1 without upcasts, open types included. */
export function payloadVersionOf(type: string): number {
  return (STEPS.get(type) ?? NO_STEPS).length + 1
}

/** A payload of version `payloadVersion` (1 to the current one) in the current version. */
export function upcastPayload(type: string, payloadVersion: number, payload: Payload): Payload {
  const steps = STEPS.get(type) ?? NO_STEPS
  return steps.slice(payloadVersion - 1).reduce((current, step) => step(current), payload)
}
