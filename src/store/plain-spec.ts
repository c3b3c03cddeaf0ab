// The check before a spec crosses to a worker's threads. Functions and connections do not cross threads, so an object of
// the host's is refused with the form in which a thread can have it.

import type { EngineSpec, PlainEngineSpec } from '../engine/engine-spec.js'
import { ImmersionError } from '../events/errors.js'

/** INVALID_CONFIG for an adapter, a projection, a clock or an open database that is given as an object. */
export function plainSpec(spec: Omit<EngineSpec, 'role'>): Omit<PlainEngineSpec, 'role'> {
  const { provider, projections, clock, storage, ...plain } = spec
  if (typeof provider !== 'string') throw inlineOnly('storage.provider', 'or give the URL of a module that exports it')
  const urls = projections.filter((projection) => typeof projection === 'string')
  if (urls.length < projections.length) {
    throw inlineOnly('projections', 'or give the URLs of modules that export the projections')
  }
  if (clock !== undefined) throw inlineOnly('clock', 'or set tz for the time zone alone')
  if (storage.pool !== undefined) throw inlineOnly('storage.pool', 'or give storage.url and the settings of a server')
  if (typeof storage.database === 'object') throw inlineOnly('storage.database', 'or give storage.path')
  return { ...plain, provider, projections: urls, storage: cloned(storage) }
}

/** Settings of a program's own adapter may be anything. */
function cloned(storage: EngineSpec['storage']): EngineSpec['storage'] {
  try {
    return structuredClone(storage)
  } catch (cause) {
    throw inlineOnly('storage', 'or give plain data alone', cause)
  }
}

function inlineOnly(key: string, otherwise: string, cause?: unknown): ImmersionError {
  return new ImmersionError(
    'INVALID_CONFIG',
    `${key} holds an object, and functions do not cross to the worker's threads.`,
    {
      hint: `Set worker.inline to true, ${otherwise}.`,
      details: { key },
      cause,
    },
  )
}
