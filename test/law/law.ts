// The law of src/contract/law/law.ts, asked of many histories that fast-check makes, and makes smaller where one fails.

import fc from 'fast-check'
import type { History } from '../../src/contract/law/history.js'
import { assertHistory } from '../../src/contract/law/law.js'
import { ENGINE_COUNT, type OpenTables } from '../../src/contract/law/play.js'
import { histories } from './history.js'

/** fast-check prints the seed and the path of a failure; IMMERSION_LAW_SEED plays that seed again. */
export function parametersOf(defaultRuns: number): fc.Parameters<[History]> {
  const seed = process.env.IMMERSION_LAW_SEED
  const numRuns = Number(process.env.IMMERSION_LAW_RUNS ?? defaultRuns)
  return { numRuns, includeErrorInReport: true, ...(seed === undefined ? {} : { seed: Number(seed) }) }
}

export async function assertLaw(
  runs: number,
  openBackend: () => Promise<{ readonly openLog: OpenTables; remove(): Promise<void> }>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(histories(ENGINE_COUNT), async (history) => {
      const backend = await openBackend()
      try {
        await assertHistory(history, backend.openLog)
      } finally {
        await backend.remove()
      }
    }),
    parametersOf(runs),
  )
}
