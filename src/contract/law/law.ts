// The law: every read model is a sum over the ledger. The rows equal a naive recount of everything that was stored, whatever
// the batches, their order, their repetition, the number of programs and their rebuilds. It is stated here once, for every
// backend. The contract's cases try it with some histories, each named by its seed, and test/law with many more on the
// package's own adapters.

import assert from 'node:assert/strict'
import type { CaseLogs } from '../case-logs.js'
import type { Capability } from '../cases/contract-case.js'
import { seededDraw } from './draw.js'
import { drawHistory, type History, type Play } from './history.js'
import { ENGINE_COUNT, type OpenTables, openPrograms } from './play.js'
import { type CountedSession, type CountedVideo, type Recount, recount } from './recount.js'
import { rulesAfter } from './rules.js'

/** Throws where a log that was empty at first breaks the law. `openLog` opens the same log each time. */
export async function assertHistory(
  { learners }: History,
  openLog: OpenTables,
  engineCount: number = ENGINE_COUNT,
): Promise<void> {
  const expected = learners.map(({ learner, steps, settings }) => recount(learner, steps, rulesAfter(steps, settings)))
  for (const [index, play] of learners.entries()) {
    await assertRecount(play, expected[index] as Recount, openLog, engineCount)
  }
  // Once more, now that all profiles are in the log, which shows that none has touched another. Events that are stored already
  // change nothing.
  for (const [index, play] of learners.entries()) {
    const steps = play.steps.filter(({ kind }) => kind === 'append')
    await assertRecount({ ...play, steps }, expected[index] as Recount, openLog, engineCount)
  }
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
    assert.deepEqual(bySession(await programs.readSessions()), bySession(expected.sessions))
    assert.deepEqual(byVideo(await programs.readVideos()), byVideo(expected.videos))
    assert.deepEqual(await programs.verify(), [], 'verify finds damage')
    assert.equal(await programs.rebuild(false), 0, 'a rebuild changes rows')
    assert.equal(await programs.rebuild(true), 0, 'a rebuild from the log changes rows')
    assert.deepEqual(await programs.readRows(), expected.rows, 'rows after rebuilds differ from the recount')
  } finally {
    await programs.close()
  }
}

function bySession(sessions: readonly CountedSession[]): readonly CountedSession[] {
  return [...sessions].sort((left, right) => (left.sessionId < right.sessionId ? -1 : 1))
}

function byVideo(videos: readonly CountedVideo[]): readonly CountedVideo[] {
  return [...videos].sort((left, right) => (left.videoKey < right.videoKey ? -1 : 1))
}

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
        assertHistory(drawHistory(seededDraw(seed), engines), (tables) => logs.open('law', { tables }), engines),
    })),
  )
}
