// The end of an export: how many records came before it, and a checksum of them in their order. An export adds up what it
// writes. An import adds up what it reads, and compares, so that a file that was cut is not taken for the complete log.

import { addInteger, addText, OFFSET_BASIS } from '../events/checksum.js'
import { ImmersionError } from '../events/errors.js'
import type { ExportEnd, LogRecord } from '../ports/replica-types.js'
import { lineOf } from './ndjson.js'
import { summaryChecksumOf } from './summary-check.js'

export class ExportSum {
  #events = 0
  #summaries = 0
  #hash = OFFSET_BASIS
  #isEndExpected = false
  #stated: ExportEnd | null = null

  add(record: LogRecord): void {
    switch (record.kind) {
      case 'settings':
        if (record.format !== undefined) this.#isEndExpected = true
        this.#hash = addText(this.#hash, lineOf(record))
        return
      // The checksums of events and summaries cover all of their content, so that no line need be made for this.
      case 'event':
        this.#events++
        this.#hash = addInteger(this.#hash, record.event.checksum)
        return
      case 'summary':
        this.#summaries++
        this.#hash = addInteger(this.#hash, summaryChecksumOf(record.summary))
        return
      case 'end':
        this.#stated = record.end
    }
  }

  /** Of the records so far. */
  get end(): ExportEnd {
    return { events: this.#events, summaries: this.#summaries, checksum: this.#hash >>> 0 }
  }

  /**
   * Whether an end confirmed that the records are all of an export; false where an earlier version exported them, without an
   * end. IMPORT_INCOMPLETE where the end is missing, or states other records.
   */
  checkComplete(): boolean {
    const [stated, found] = [this.#stated, this.end]
    if (stated === null) {
      if (!this.#isEndExpected) return false
      throw incomplete('its end line is missing', found)
    }
    const { events, summaries, checksum } = stated
    if (events !== found.events || summaries !== found.summaries) {
      throw incomplete(`its end line states ${events} events and ${summaries} pruned summaries`, found)
    }
    if (checksum === found.checksum) return true
    throw incomplete(
      'its end line states another checksum than its records have, which were changed or reordered',
      found,
    )
  }
}

function incomplete(why: string, { events, summaries }: ExportEnd): ImmersionError {
  const message = `The export is not complete: ${why}. It has ${events} events and ${summaries} pruned summaries.`
  return new ImmersionError('IMPORT_INCOMPLETE', message, {
    hint: 'Export it again. If it is meant to be a part of an export, import it with --partial (in the library: partial).',
    details: { events, summaries },
  })
}
