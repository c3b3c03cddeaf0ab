// One row a local day and video (and language): what was watched on that day.

import { defineProjection } from '../src/ports/projection.js'

export const daily = defineProjection({
  name: 'daily',
  version: 1,
  key: { localDay: 'integer', videoKey: 'text' },
  window: { column: 'localDay', unit: 'day' },
  keyOf: (entry, stream, calendar) => ({ localDay: calendar.dayOf(entry), videoKey: stream.videoKey }),
})
