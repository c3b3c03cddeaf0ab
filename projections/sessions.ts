// One row per session (and language): its sums, by its start. The queries `sessions` and `throughput` read it, newest
// first. One session is found by its start and its id, and the index serves the sessions of one video.

import { defineProjection } from '../src/ports/projection.js'

export const sessions = defineProjection({
  name: 'sessions',
  version: 1,
  key: { startedAtMs: 'integer', sessionId: 'text', videoKey: 'text' },
  indexes: [['videoKey', 'startedAtMs']],
  keyOf: (_entry, { startedAtMs, sessionId, videoKey }) =>
    sessionId === '' ? null : { startedAtMs, sessionId, videoKey },
})
