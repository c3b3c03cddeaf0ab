// One row for each video and language: its sums over all time. Its title is in the table of videos, not here.

import { defineProjection } from '../src/ports/projection.js'

export const videos = defineProjection({
  name: 'videos',
  version: 1,
  key: { videoKey: 'text' },
  keyOf: (_entry, stream) => ({ videoKey: stream.videoKey }),
})
