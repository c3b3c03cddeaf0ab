// One row a session (and language): what it adds up to, by its start. The sessions and throughput questions read it,
// newest first; one session is found by its start and its id, and the index serves the sessions of one video.

import { defineProjection } from '../src/ports/projection.js'

export const sessions = defineProjection({
  name: 'sessions',
  version: 1,
  key: { startedAtMs: 'integer', sessionId: 'text', videoKey: 'text' },
  indexes: [['videoKey', 'startedAtMs']],
  keyOf: (_entry, { startedAtMs, sessionId, videoKey }) =>
    sessionId === '' ? null : { startedAtMs, sessionId, videoKey },
})
