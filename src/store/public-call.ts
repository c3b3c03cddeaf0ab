// Wraps every public method and function of the package, so that it rejects with nothing but ImmersionError and never
// throws synchronously. If a value of the host's throws while it is read or called, the error is INVALID_ARGUMENT. An error
// that the program throws by itself is a defect, INTERNAL.

import { readOptions, refusal } from '../events/argument-checks.js'
import { ImmersionError } from '../events/errors.js'

export async function publicCall<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw ImmersionError.from(error)
  }
}

/** The same for values that come one after the other. */
export async function* publicValues<T>(open: () => AsyncIterable<T> | Promise<AsyncIterable<T>>): AsyncGenerator<T> {
  try {
    yield* await open()
  } catch (error) {
    throw ImmersionError.from(error)
  }
}

/** Copies that are plain data: no proxy, symbol or function, and no getter that runs later. INVALID_ARGUMENT. */
export function plainCopy<T>(given: T): T {
  try {
    return structuredClone(given)
  } catch (cause) {
    throw new ImmersionError('INVALID_ARGUMENT', 'An argument is not plain data.', {
      hint: 'Pass texts, numbers, booleans, null, lists and objects of these.',
      cause,
    })
  }
}

/** The options of a call as plain data. INVALID_ARGUMENT. */
export function plainOptions<Options extends object>(given: Options | undefined): Partial<Options> {
  return plainCopy(readOptions(given))
}

/** The values of an iterable of the host's, or of one that a function of the host's makes. */
export async function* hostValues<T>(
  name: string,
  values: AsyncIterable<T> | (() => AsyncIterable<T>),
): AsyncGenerator<T> {
  try {
    yield* typeof values === 'function' ? values() : values
  } catch (error) {
    throw hostFailure(`${name} could not be read`, error)
  }
}

/** A callback of the host's, or nothing. INVALID_ARGUMENT for what is no function. */
export function hostCallback<Args extends readonly unknown[]>(
  name: string,
  callback: ((...args: Args) => void) | undefined,
): (...args: Args) => void {
  if (callback === undefined) return () => {}
  if (typeof callback !== 'function') throw refusal(name, callback, 'a function')
  return (...args) => {
    try {
      callback(...args)
    } catch (error) {
      throw hostFailure(`${name} failed`, error)
    }
  }
}

function hostFailure(what: string, cause: unknown): ImmersionError {
  const known = ImmersionError.from(cause)
  if (known.code !== 'INTERNAL') return known
  return new ImmersionError('INVALID_ARGUMENT', `${what}: ${cause instanceof Error ? cause.message : 'it threw'}`, {
    cause,
  })
}
