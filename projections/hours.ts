// One row for each weekday of the local day and hour of the learner's clock (and language): when the learner watches.

import { defineProjection } from '../src/ports/projection.js'

export const hours = defineProjection({
  name: 'hours',
  version: 1,
  key: { weekday: 'integer', hour: 'integer' },
  keyOf: (entry, _stream, calendar) => ({ weekday: calendar.weekdayOf(entry), hour: calendar.hourOf(entry) }),
})
