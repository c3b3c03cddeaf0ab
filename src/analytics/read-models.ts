// The built-in read models by the ids under which rows are asked for. A question names its read model here and nowhere
// else, so a new version of a projection is one line.

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
