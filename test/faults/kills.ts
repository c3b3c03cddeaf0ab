// The number of kills and the length of an outage: few in `npm test`, and many in `npm run test:faults`, which looks for rare
// faults.

const LONG = process.env.TEST_FAULTS === 'long'

export const KILLS = LONG ? 200 : 20
export const OUTAGE_MS = LONG ? 600_000 : 30_000
