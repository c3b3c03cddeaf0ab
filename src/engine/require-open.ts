// The one check of everything that can be closed: a store, its clients, its threads.

import { ImmersionError } from '../events/errors.js'

/** STORE_CLOSED where it is no longer open. */
export function requireOpen(isOpen: boolean): void {
  if (!isOpen) throw storeClosed()
}

/** For calls that were accepted before the store was closed and are refused now. */
export function storeClosed(): ImmersionError {
  return new ImmersionError('STORE_CLOSED', 'The store is closed.')
}
