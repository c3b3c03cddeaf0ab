// Histories for the law, made by fast-check. Each choice is one of its integers, so that it can shrink a failure.

import fc from 'fast-check'
import { drawAdjustedPlay } from '../../src/contract/law/adjustments.js'
import { drawHistory, type Play } from '../../src/contract/law/history.js'

/** Learners with sessions and corrections, and the steps in which `engines` programs store them. */
export function histories(engines: number): fc.Arbitrary<readonly Play[]> {
  return fc.gen().map((choose) => drawHistory((min, max) => choose(fc.integer, { min, max }), engines))
}

/** A learner with sessions, and the corrections that `engines` programs request. */
export function adjustedPlays(engines: number): fc.Arbitrary<Play> {
  return fc.gen().map((choose) => drawAdjustedPlay((min, max) => choose(fc.integer, { min, max }), engines))
}

/** The databases that IMMERSION_LAW_BACKENDS names, as in `memory,sqlite`; all of them without it. */
export function isWanted({ provider }: { readonly provider: string }): boolean {
  return process.env.IMMERSION_LAW_BACKENDS?.split(',').includes(provider) ?? true
}

/**
 * The number of runs is `defaultRuns` or IMMERSION_LAW_RUNS. fast-check prints the seed and the path of a failure, and
 * IMMERSION_LAW_SEED plays that seed again.
 */
export function parametersOf<T>(defaultRuns: number): fc.Parameters<T> {
  const seed = process.env.IMMERSION_LAW_SEED
  const numRuns = Number(process.env.IMMERSION_LAW_RUNS ?? defaultRuns)
  return { numRuns, includeErrorInReport: true, ...(seed === undefined ? {} : { seed: Number(seed) }) }
}
