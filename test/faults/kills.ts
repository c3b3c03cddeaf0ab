// How often a program is killed: `npm test` shows that it holds, `npm run test:faults` looks for what is rare.

export const KILLS = process.env.TEST_FAULTS === 'long' ? 200 : 20
