// Contract cases of the law, which law.ts states. Each case is one generated history, named by its seed.

import type { RowTable } from '../../ports/event-log.js'
import type { CaseLogs } from '../case-logs.js'
import type { Capability } from '../cases/contract-case.js'
import { drawHistory } from './history.js'
import { assertHistory } from './law.js'
import { seededDraw } from './seeded.js'

export interface LawCase {
  readonly part: 'Law'
  readonly name: string
  readonly needs: readonly Capability[]
  readonly run: (logs: CaseLogs) => Promise<void>
}

const PROGRAMS = [
  { engines: 1, name: 'one program', needs: ['reopening'] },
  { engines: 2, name: 'two programs', needs: ['reopening', 'second-opening', 'later-projections'] },
] as const

export function lawCases(seeds: readonly number[]): readonly LawCase[] {
  return PROGRAMS.flatMap(({ engines, name, needs }) =>
    seeds.map((seed) => ({
      part: 'Law' as const,
      name: `the rows equal the naive recount of everything that ${name} stored: history ${seed}`,
      needs,
      run: (logs: CaseLogs) =>
        assertHistory(
          drawHistory(seededDraw(seed), engines),
          (tables: readonly RowTable[]) => logs.open('law', { tables }),
          engines,
        ),
    })),
  )
}
