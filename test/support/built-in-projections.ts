// The projections that come with the program, as a list: tests and benchmarks need them before anything else.

import { builtInProjections } from '../../src/engine/built-in-projections.js'

export const BUILT_IN_PROJECTIONS = await builtInProjections()
