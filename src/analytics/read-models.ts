// The ids of the built-in read models. Every query names its read model by this table, so a new version of a projection is
// taken over here.

import { calendar } from '../../projections/calendar.js'
import { daily } from '../../projections/daily.js'
import { hours } from '../../projections/hours.js'
import { monthly } from '../../projections/monthly.js'
import { sessions } from '../../projections/sessions.js'
import { videos } from '../../projections/videos.js'
import { projectionId } from '../ports/projection.js'

export const READ_MODELS = {
  sessions: projectionId(sessions),
  videos: projectionId(videos),
  daily: projectionId(daily),
  monthly: projectionId(monthly),
  calendar: projectionId(calendar),
  hours: projectionId(hours),
} as const
