// The error for a text in a stream's row that nothing in this folder would have written.

import { ImmersionError } from '../events/errors.js'

export function unreadableColumn(column: 'facts' | 'coverage', text: string, cause?: unknown): ImmersionError {
  return new ImmersionError('STORAGE_CORRUPT', `the ${column} of a stream cannot be read: ${text.slice(0, 100)}`, {
    hint: 'Run `immersion rebuild --from-log`: it computes the rows of complete streams from their events.',
    cause,
  })
}
