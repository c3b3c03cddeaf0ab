// Runs the contract of the engine on memory and SQLite, each in process and through the worker. Each case has logs of its
// own.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { OpenEngine } from '../../adapters/contract/engine-case.js'
import { engineCases } from '../../adapters/contract/engine-cases.js'
import { forgetSharedLog } from '../../adapters/memory/memory.js'
import { openInlineClient } from '../../src/worker/inline-client.js'
import { openWorkerClient } from '../../src/worker/worker-client.js'

type Provider = 'memory' | 'sqlite'
type Way = 'in process' | 'through the worker'

function opener(provider: Provider, way: Way, directory: string, used: Set<string>): OpenEngine {
  return ({ log = 'main', profile = 'default' } = {}) => {
    const place = join(directory, log)
    used.add(place)
    const spec = {
      profile,
      settings: { dayStartsAtHour: 4 },
      provider,
      storage: provider === 'memory' ? { name: place } : { path: `${place}.db` },
      projections: [],
      timeZone: 'Asia/Tokyo',
    }
    if (way === 'in process') return openInlineClient(spec)
    const fail = (error: unknown) => {
      throw error
    }
    return openWorkerClient({ spec, onRestarted: fail, onFailed: fail })
  }
}

for (const provider of ['memory', 'sqlite'] as const) {
  for (const way of ['in process', 'through the worker'] as const) {
    const test = suite(`engine contract: ${provider} ${way}`)
    for (const { part, name, opensTwice, run } of engineCases) {
      // Each worker's thread has a memory of its own, so two of them never share a log there.
      if (opensTwice && provider === 'memory' && way === 'through the worker') continue
      test(`${part}: ${name}`, async () => {
        const directory = mkdtempSync(join(tmpdir(), 'immersion-engine-'))
        const used = new Set<string>()
        try {
          await run(opener(provider, way, directory, used))
        } finally {
          for (const place of used) forgetSharedLog(place)
          rmSync(directory, { recursive: true, force: true })
        }
      })
    }
    test.run()
  }
}
