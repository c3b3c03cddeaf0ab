// The check of a request for a correction, which comes from an application, another thread or a command line: each method
// takes arguments of these kinds. What they name is looked up later (targets.ts), and the event that is made of them is
// validated like any other.

import { refusal } from '../events/argument-checks.js'
import { isPlainObject } from '../events/plain-data.js'
import { CORRECTION_METHODS, type CorrectionRequest } from '../ports/correction-types.js'

type Check = (field: string, value: unknown) => void

const text: Check = (field, value) => {
  if (typeof value !== 'string') throw refusal(field, value, 'a text')
}

const optionalText: Check = (field, value) => {
  if (value !== undefined) text(field, value)
}

const object: Check = (field, value) => {
  if (!isPlainObject(value)) throw refusal(field, value, 'an object')
}

const optionalObject: Check = (field, value) => {
  if (value !== undefined) object(field, value)
}

function fields(checks: Readonly<Record<string, Check>>): Check {
  return (field, value) => {
    if (!isPlainObject(value)) throw refusal(field, value, 'an object')
    for (const [name, check] of Object.entries(checks)) check(`${field}.${name}`, value[name])
  }
}

const ADJUSTMENT = { measures: optionalObject, language: optionalText }

const ARGUMENTS: Readonly<Record<CorrectionRequest['method'], Readonly<Record<string, Check>>>> = {
  discardSession: { sessionId: text },
  restoreSession: { sessionId: text },
  adjustSession: { sessionId: text, adjustment: fields(ADJUSTMENT) },
  adjustVideo: { adjustment: fields({ ...ADJUSTMENT, videoKey: text, date: text }) },
  renameVideo: { videoKey: text, names: object },
  mergeVideos: { videoKey: text, intoVideoKey: text },
  eraseSession: { sessionId: text },
  eraseVideo: { videoKey: text },
  undo: {},
}

/** INVALID_ARGUMENT. */
export function checkRequest({ method, args, correctionId }: CorrectionRequest): void {
  if (!Object.hasOwn(CORRECTION_METHODS, method)) {
    throw refusal('method', method, Object.keys(CORRECTION_METHODS).join(', '))
  }
  text('correctionId', correctionId)
  for (const [index, [field, check]] of Object.entries(ARGUMENTS[method]).entries()) check(field, args[index])
}
