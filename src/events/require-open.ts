// The one check of everything that can be closed: a store, its clients and threads, and the log below them.

import { ImmersionError } from './errors.js'

type Subject = 'store' | 'log'

/** STORE_CLOSED where the subject is no longer open. */
export function requireOpen(subject: Subject, isOpen: boolean): void {
  if (!isOpen) throw closedError(subject)
}

/** For calls that were accepted while the subject was open and are refused now. */
export function closedError(subject: Subject): ImmersionError {
  return new ImmersionError('STORE_CLOSED', `The ${subject} is closed.`)
}
