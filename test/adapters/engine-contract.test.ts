// Runs the contract of the engine on every database that ships, in process and through the worker. Each case has logs of
// its own.

import { suite } from 'uvu'
import type { OpenEngine } from '../../adapters/contract/engine-case.js'
import { engineCases } from '../../adapters/contract/engine-cases.js'
import { openInlineClient } from '../../src/worker/inline-client.js'
import { openWorkerClient } from '../../src/worker/worker-client.js'
import { BACKENDS, type Backend, type FreshLog } from '../support/backends.js'
import { requires } from '../support/requires.js'

type Way = 'in process' | 'through the worker'

for (const backend of BACKENDS) {
  for (const way of ['in process', 'through the worker'] as const) {
    const test = suite(`engine contract: ${backend.provider} ${way}`)
    const withBackend = requires(test, ...backend.requirements)
    for (const { part, name, opensTwice, run } of engineCases) {
      // Each worker's thread has a memory of its own, so two of them never share a log there.
      if (opensTwice && backend.provider === 'memory' && way === 'through the worker') continue
      withBackend(`${part}: ${name}`, () => withLogs(backend, (logOf) => run(opener(backend, way, logOf))))
    }
    test.run()
  }
}

/** The logs of a case, by the names that it gives them; made when they are first asked for, removed in the end. */
async function withLogs(
  backend: Backend,
  work: (logOf: (name: string) => Promise<FreshLog>) => Promise<void>,
): Promise<void> {
  const logs = new Map<string, Promise<FreshLog>>()
  try {
    await work((name) => {
      const log = logs.get(name) ?? backend.freshLog()
      logs.set(name, log)
      return log
    })
  } finally {
    for (const log of logs.values()) await (await log).remove()
  }
}

function opener({ provider }: Backend, way: Way, logOf: (name: string) => Promise<FreshLog>): OpenEngine {
  return async ({ log = 'main', profile = 'default' } = {}) => {
    const { storage } = await logOf(log)
    const settings = { dayStartsAtHour: 4 }
    const spec = { profile, settings, provider, storage, projections: [], timeZone: 'Asia/Tokyo' }
    if (way === 'in process') return openInlineClient(spec)
    const fail = (error: unknown) => {
      throw error
    }
    return openWorkerClient({ spec, onRestarted: fail, onFailed: fail })
  }
}
