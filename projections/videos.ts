// One row a video (and language): its whole life. What a video is called stands in the table of videos, not here.

import { defineProjection } from '../src/ports/projection.js'

export const videos = defineProjection({
  name: 'videos',
  version: 1,
  key: { videoKey: 'text' },
  keyOf: (_entry, stream) => ({ videoKey: stream.videoKey }),
})
