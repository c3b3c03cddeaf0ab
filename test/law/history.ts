// Histories as fast-check makes them: each choice is one of its integers, so that what fails is made smaller.

import fc from 'fast-check'
import { drawHistory, type History } from '../../src/contract/law/history.js'

/** Learners with sittings, and for each the steps in which programs, this many, store what happened. */
export function histories(engines: number): fc.Arbitrary<History> {
  return fc.gen().map((choose) => drawHistory((min, max) => choose(fc.integer, { min, max }), engines))
}
