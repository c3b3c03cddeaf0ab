// One row a local day (and language), all videos together: streaks, heat-map and trend read years of it at once, which
// daily's rows by video would make slow.

import { defineProjection } from '../src/ports/projection.js'

export const calendar = defineProjection({
  name: 'calendar',
  version: 1,
  key: { localDay: 'integer' },
  keyOf: (entry, _stream, calendar) => ({ localDay: calendar.dayOf(entry) }),
})
