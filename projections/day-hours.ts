// One row per local day and hour of the clock: when on a day the learner watched, over all videos of a language.

import { defineProjection } from '../src/ports/projection.js'

export const dayHours = defineProjection({
  name: 'day_hours',
  version: 1,
  key: { localDay: 'integer', hour: 'integer' },
  keyOf: (entry, _stream, calendar) => ({ localDay: calendar.dayOf(entry), hour: calendar.hourOf(entry) }),
})
