// How often a program is killed, and how long an outage is: `npm test` shows that it holds, `npm run test:faults` looks for
// what is rare.

const LONG = process.env.TEST_FAULTS === 'long'

export const KILLS = LONG ? 200 : 20
export const OUTAGE_MS = LONG ? 600_000 : 30_000
