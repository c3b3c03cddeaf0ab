// The law: every read model is a sum over the ledger. Whatever the batches, their order, their repetition, the programs
// and their rebuilds, the rows are those of a naive recount of everything that was told. Stated once, here, for any backend.

import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { type History, histories } from './history.js'
import { ENGINE_COUNT, finalDayStart, type OpenLog, openPrograms } from './play.js'
import { type CountedSession, type CountedVideo, recount } from './recount.js'

/** fast-check prints the seed and the path of a failure; IMMERSION_LAW_SEED plays that seed again. */
export function parametersOf(defaultRuns: number): fc.Parameters<[History]> {
  const seed = process.env.IMMERSION_LAW_SEED
  const numRuns = Number(process.env.IMMERSION_LAW_RUNS ?? defaultRuns)
  return { numRuns, includeErrorInReport: true, ...(seed === undefined ? {} : { seed: Number(seed) }) }
}

export async function assertLaw(
  runs: number,
  openBackend: () => Promise<{ readonly openLog: OpenLog; remove(): Promise<void> }>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(histories(ENGINE_COUNT), async (history) => {
      const backend = await openBackend()
      try {
        for (const play of history.learners) await assertRecount(play, backend.openLog)
        // Once more, now that all profiles are in the log: none of them has touched another.
        for (const play of history.learners)
          await assertRecount({ ...play, steps: repeated(play.steps) }, backend.openLog)
      } finally {
        await backend.remove()
      }
    }),
    parametersOf(runs),
  )
}

type Play = History['learners'][number]

/** Every append once more, and nothing else: all of it is known, so it changes nothing. */
function repeated(steps: Play['steps']): Play['steps'] {
  const dayStarts = steps.filter((step) => step.kind === 'day-start')
  return [...dayStarts.slice(-1), ...steps.filter((step) => step.kind === 'append')]
}

async function assertRecount(play: Play, openLog: OpenLog): Promise<void> {
  const expected = recount(play.learner, play.steps, finalDayStart(play))
  const programs = await openPrograms(play, openLog)
  try {
    await programs.play()
    assert.equal(await programs.readRows(), expected.rows, 'live rows are the recount')
    assert.equal(bySession(await programs.readSessions()), bySession(expected.sessions), 'sessions are the recount')
    assert.equal(byVideo(await programs.readVideos()), byVideo(expected.videos), 'videos are the recount')
    assert.equal(await programs.verify(), [], 'verify finds nothing')
    assert.is(await programs.rebuild(false), 0, 'a rebuild changes nothing')
    assert.is(await programs.rebuild(true), 0, 'a rebuild from the log changes nothing')
    assert.equal(await programs.readRows(), expected.rows, 'rows after rebuilds are the recount')
  } finally {
    await programs.close()
  }
}

function bySession(sessions: readonly CountedSession[]): readonly CountedSession[] {
  return [...sessions].sort((a, b) => (a.sessionId < b.sessionId ? -1 : 1))
}

function byVideo(videos: readonly CountedVideo[]): readonly CountedVideo[] {
  return [...videos].sort((a, b) => (a.videoKey < b.videoKey ? -1 : 1))
}
