// Calls of the engine's methods by name, for everything that stands between a caller and an engine: the dispatch of a
// thread, the clients, the facades of the store. Both directions are here, derived from the table of methods: a call by
// name on an engine, and an object of methods over a function that carries calls by name.

import { readOptions, refusal } from '../events/argument-checks.js'
import {
  ENGINE_METHODS,
  type EngineMethod,
  type EngineMethodRow,
  type LogEngine,
  type MaintenanceMethod,
} from '../ports/log-engine.js'
import type { PassProgress, ProgressOption } from '../ports/report-types.js'

/** The methods of the table. */
export type EngineCalls = Pick<LogEngine, EngineMethod>

export type OnProgress = (progress: PassProgress) => void

/** Carries one call to the engine. `onProgress` is taken out of the arguments, because it does not cross a thread. */
export type CarryCall = (method: EngineMethod, args: readonly unknown[], onProgress?: OnProgress) => Promise<unknown>

export const ENGINE_METHOD_NAMES: readonly EngineMethod[] = Object.keys(ENGINE_METHODS).filter(isEngineMethod)
export const MAINTENANCE_METHOD_NAMES: readonly MaintenanceMethod[] = ENGINE_METHOD_NAMES.filter(isMaintenanceMethod)

export function rowOf(method: EngineMethod): EngineMethodRow {
  return ENGINE_METHODS[method]
}

function isEngineMethod(name: string): name is EngineMethod {
  return Object.hasOwn(ENGINE_METHODS, name)
}

function isMaintenanceMethod(method: EngineMethod): method is MaintenanceMethod {
  return rowOf(method).isMaintenance === true
}

/** An object of these methods, each of which hands its call to `carry`. */
export function engineCalls<Method extends EngineMethod>(
  methods: readonly Method[],
  carry: CarryCall,
): Pick<LogEngine, Method> {
  const calls = methods.map((method) => [
    method,
    async (...args: readonly unknown[]) => {
      const { onProgress, plain } = splitProgress(method, args)
      return carry(method, plain, onProgress)
    },
  ])
  // Each entry has the name and the arguments of its method, and resolves to the engine's answer.
  return Object.fromEntries(calls) as Pick<LogEngine, Method>
}

/** Calls a method on an engine or a client, with the arguments that engineCalls carried. */
export function callEngine(
  engine: EngineCalls,
  method: EngineMethod,
  args: readonly unknown[],
  onProgress?: OnProgress,
): Promise<unknown> {
  const joined = onProgress === undefined ? args : [{ ...Object(args[0]), onProgress }]
  return Reflect.apply(engine[method], engine, joined)
}

/** Splits `onProgress` from the options of a method that streams progress. INVALID_ARGUMENT if they are no such options. */
function splitProgress(
  method: EngineMethod,
  args: readonly unknown[],
): { readonly plain: readonly unknown[]; readonly onProgress?: OnProgress } {
  if (rowOf(method).streamsProgress === undefined) return { plain: args }
  // The method's only argument is its options, as its row says.
  const { onProgress, ...plain } = readOptions(args[0] as ProgressOption | undefined)
  if (onProgress === undefined) return { plain: [plain] }
  if (typeof onProgress === 'function') return { plain: [plain], onProgress }
  throw refusal('onProgress', onProgress, 'a function')
}
