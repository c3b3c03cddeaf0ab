// What makes a pruned summary acceptable: bounds that every database can store, versions that agree with what was counted, and
// a checksum over all of it. Nobody can recompute a summary once its events are gone, so a changed one must be found on its
// way. Called where a summary is made, where a line is read, and by the log that is to apply it.

import { check, checkInteger, refusal, shown } from '../events/argument-checks.js'
import { quarterOf } from '../events/calendar.js'
import { addText, OFFSET_BASIS } from '../events/checksum.js'
import { ImmersionError } from '../events/errors.js'
import { MEASURE_NAMES, sparseOf } from '../events/measures.js'
import { OCCURRED_AT_MAX_MS, STREAM_ID } from '../events/types.js'
import { MEASURE_LIMIT, UTC_OFFSET } from '../events/validation.js'
import { coveredCount, parseCoverage } from '../ledger/coverage.js'
import type { PrunedSummary } from '../ports/replica-types.js'

type Content = Omit<PrunedSummary, 'summaryChecksum'>

/** An event a second for eleven days. Even if no two versions touch, their text fits MySQL's column of 16 MB. */
const VERSIONS_MAX = 1_000_000
/** The sums of 1,000 such quarter hours can still be added up exactly. An event's measure is below 2^31. */
const SUM_LIMIT = 2 ** 43
/** A heartbeat reaches beyond its own moment by what it counts. */
const LAST_AT_MAX_MS = OCCURRED_AT_MAX_MS + MEASURE_LIMIT
/** The versions of an adjustment, which is the only event of its stream, and the only type that may subtract. */
const ONLY_EVENT = '1'

/** The summary with its checksum. */
export function withChecksum(content: Content): PrunedSummary {
  return { ...content, summaryChecksum: summaryChecksumOf(content) }
}

/** Unsigned 32-bit: FNV-1a over the summary as its line states it, without this checksum. */
export function summaryChecksumOf(content: Content): number {
  return addText(OFFSET_BASIS, JSON.stringify(orderedContent(content))) >>> 0
}

/** The form of a line: keys in one fixed order, and no zeros. */
export function orderedContent({ streamId, versions, ledger, checksum, firstAtMs, lastAtMs }: Content) {
  const quarters = ledger.map(({ quarter, utcOffsetMin, measures }) => ({
    quarter,
    utcOffsetMin,
    measures: sparseOf(measures),
  }))
  return { streamId, versions, ledger: quarters, checksum, firstAtMs, lastAtMs }
}

/** The summary itself. INVALID_ARGUMENT for a value out of range, IMPORT_INVALID for content that was changed. */
export function checkSummary(summary: PrunedSummary): PrunedSummary {
  const { streamId, versions, ledger, checksum, firstAtMs, lastAtMs, summaryChecksum } = summary
  if (!STREAM_ID.test(streamId)) throw refusal('streamId', streamId, 'a UUID in lower case')
  const count = checkVersions(versions)
  checkInteger('checksum', checksum, 0, 2 ** 32 - 1)
  checkInteger('firstAtMs', firstAtMs, 0, OCCURRED_AT_MAX_MS - 1)
  checkInteger('lastAtMs', lastAtMs, 0, LAST_AT_MAX_MS)
  // Each event counts in one quarter hour.
  checkInteger('the number of quarter hours', ledger.length, 0, count)
  const most = Math.min(count * (MEASURE_LIMIT - 1), SUM_LIMIT)
  const least = versions === ONLY_EVENT ? 1 - MEASURE_LIMIT : 0
  ledger.forEach((entry, index) => {
    checkEntry(entry, ledger[index - 1])
    entry.measures.forEach((sum, at) => {
      checkInteger(`measures.${MEASURE_NAMES[at]}`, sum, least, most)
    })
  })
  // A summary that an earlier version exported has none.
  const expected = summaryChecksumOf(summary)
  if (summaryChecksum === undefined || summaryChecksum === expected) return summary
  const message = `summaryChecksum is ${shown(summaryChecksum)}; this content has ${expected}`
  throw new ImmersionError('IMPORT_INVALID', message, {
    hint: 'The summary was damaged or changed after it was exported. Export it again.',
    details: { field: 'summaryChecksum', streamId },
  })
}

/** The number of versions. */
function checkVersions(versions: string): number {
  const coverage = parseCoverage(versions)
  const count = coveredCount(coverage)
  const isWithin = count >= 1 && count <= VERSIONS_MAX && (coverage.at(-1) ?? 0) < MEASURE_LIMIT
  if (isWithin) return count
  throw refusal('versions', versions, `1 to ${VERSIONS_MAX} versions below ${MEASURE_LIMIT}, as 1-57,60`)
}

/** Entries come in the order of the ledger, each once. */
function checkEntry(
  { quarter, utcOffsetMin }: PrunedSummary['ledger'][number],
  before: PrunedSummary['ledger'][number] | undefined,
): void {
  checkInteger('quarter', quarter, 0, quarterOf(OCCURRED_AT_MAX_MS - 1))
  check(UTC_OFFSET, 'utcOffsetMin', utcOffsetMin)
  if (before === undefined || before.quarter < quarter) return
  if (before.quarter === quarter && before.utcOffsetMin < utcOffsetMin) return
  throw refusal('quarter', quarter, `one after ${before.quarter}, or the same with a later utcOffsetMin`)
}
