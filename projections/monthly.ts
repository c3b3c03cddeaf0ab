// One row a local month and video (and language): the same as daily, kept for longer.

import { defineProjection } from '../src/ports/projection.js'

export const monthly = defineProjection({
  name: 'monthly',
  version: 1,
  key: { localMonth: 'integer', videoKey: 'text' },
  window: { column: 'localMonth', unit: 'month' },
  keyOf: (entry, stream, calendar) => ({ localMonth: calendar.monthOf(entry), videoKey: stream.videoKey }),
})
