// The law: every read model is a sum over the ledger. The rows equal a naive recount of everything that was stored, whatever
// the batches, their order, their repetition, the number of programs and their rebuilds. It is stated here once, for every
// backend. The contract's cases try it with some histories, each named by its seed, and test/law with many more on the
// package's own adapters.

import assert from 'node:assert/strict'
import type { CaseLogs } from '../case-logs.js'
import type { CaseOf } from '../cases/contract-case.js'
import { assertNeverBelowZero, drawAdjustedPlay } from './adjustments.js'
import { seededDraw } from './draw.js'
import { drawHistory, type Play } from './history.js'
import { ENGINE_COUNT, type OpenTables, openPrograms } from './play.js'
import { type Recount, recount } from './recount.js'

/** Throws where a log that was empty at first breaks the law. `openLog` opens the same log each time. */
export async function assertHistory(
  plays: readonly Play[],
  openLog: OpenTables,
  engineCount: number = ENGINE_COUNT,
): Promise<void> {
  const expected = plays.map(recount)
  const assertAll = async (played: readonly Play[]) => {
    for (const [index, play] of played.entries()) {
      await assertRecount(play, expected[index] as Recount, openLog, engineCount)
    }
  }
  await assertAll(plays)
  // Once more, now that all profiles are in the log, which shows that none has touched another. Events that are stored already
  // change nothing.
  await assertAll(plays.map((play) => ({ ...play, steps: play.steps.filter(({ kind }) => kind === 'append') })))
}

/** Plays into a log, and throws where its rows, sessions or videos are not the expected ones, or a check finds damage. */
export async function assertRecount(
  play: Play,
  expected: Recount,
  openLog: OpenTables,
  engineCount: number,
): Promise<void> {
  const programs = await openPrograms(play, openLog, engineCount)
  try {
    await programs.play()
    assert.deepEqual(await programs.readRows(), expected.rows, 'live rows differ from the recount')
    assert.deepEqual(sortedBy('sessionId', await programs.readSessions()), sortedBy('sessionId', expected.sessions))
    assert.deepEqual(sortedBy('videoKey', await programs.readVideos()), sortedBy('videoKey', expected.videos))
    assert.deepEqual(await programs.verify(), [], 'verify finds damage')
    assert.equal(await programs.rebuild(false), 0, 'a rebuild changes rows')
    assert.equal(await programs.rebuild(true), 0, 'a rebuild from the log changes rows')
    assert.deepEqual(await programs.readRows(), expected.rows, 'rows after rebuilds differ from the recount')
  } finally {
    await programs.close()
  }
}

function sortedBy<Key extends string>(key: Key, rows: readonly Readonly<Record<Key, string>>[]) {
  return [...rows].sort((left, right) => (left[key] < right[key] ? -1 : 1))
}

export type LawCase = CaseOf<(logs: CaseLogs) => Promise<void>>

const PROGRAMS = [
  { engines: 1, name: 'one program', needs: ['reopening'] },
  { engines: 2, name: 'two programs', needs: ['reopening', 'second-opening', 'later-projections'] },
] as const

export function lawCases(seeds: readonly number[]): readonly LawCase[] {
  return PROGRAMS.flatMap(({ engines, name, needs }) =>
    seeds.flatMap((seed): readonly LawCase[] => [
      {
        part: 'Law',
        name: `no sum falls below 0 whatever ${name} adjusted, discarded, merged and undid: history ${seed}`,
        needs,
        run: (logs) =>
          assertNeverBelowZero(
            drawAdjustedPlay(seededDraw(seed), engines),
            (tables) => logs.open('law', { tables }),
            engines,
          ),
      },
      {
        part: 'Law',
        name: `the rows equal the naive recount of everything that ${name} stored: history ${seed}`,
        needs,
        run: (logs) =>
          assertHistory(drawHistory(seededDraw(seed), engines), (tables) => logs.open('law', { tables }), engines),
      },
    ]),
  )
}
