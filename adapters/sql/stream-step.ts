// The part of step 2 of the schema that SQL cannot do: the kind of each stream, the name `correction` in the facts of a
// correction, and the checksum of each row. Frozen with the step. Rows that have their kind already come out the same, so it
// can be run again where it was cut off.

import { streamChecksumOf } from '../../src/events/stream-checksum.js'
import type { StreamKind } from '../../src/ports/event-log.js'
import { type Answer, uuidText } from './answers.js'
import type { Row } from './dialect.js'

export const STREAMS_PER_PAGE = 500

/** The kind that the step first gives to every stream. */
export const NO_KIND: StreamKind = 'unknown'

const ANSWER = `profile_id, stream, uuid, kind, video_key, facts, coverage, first_at_ms, last_at_ms, counted_checksum,
  ledger_checksum`

/** Binds: profile_id, profile_id, stream: those of the last stream of the page before. Answers the columns above. */
export const SELECT_STREAMS_OF_STEP_2 = `select ${ANSWER} from streams
  where profile_id > ? or (profile_id = ? and stream > ?) order by profile_id, stream limit ${STREAMS_PER_PAGE}`

/** Binds: a row of streamOfStep2. */
export const UPDATE_STREAM_OF_STEP_2 = `update streams set kind = ?, video_key = ?, facts = ?, row_checksum = ?
  where profile_id = ? and stream = ?`

/** The schema says which types the columns have. */
export function streamOfStep2(answer: Answer): Row {
  const [profileId, stream, uuid, storedKind, storedVideoKey, storedFacts] = answer as readonly [
    number,
    number,
    Buffer,
    StreamKind,
    string | null,
    string,
  ]
  const [coverage, firstAtMs, lastAtMs, countedChecksum, ledgerChecksum] = answer.slice(6) as [
    string,
    number,
    number,
    number,
    number,
  ]
  const kind = storedKind === NO_KIND ? kindOf(storedVideoKey) : storedKind
  const videoKey = kind === 'session' ? storedVideoKey : null
  const facts = withCorrection(storedFacts)
  const rowChecksum = streamChecksumOf({
    streamId: uuidText(uuid),
    kind,
    videoKey,
    facts,
    coverage,
    firstAtMs,
    lastAtMs,
    countedChecksum,
    ledgerChecksum,
  })
  return [kind, videoKey, facts, rowChecksum, profileId, stream]
}

/** In schema 1 the streams of corrections stood under an empty video key. */
function kindOf(videoKey: string | null): StreamKind {
  if (videoKey === '') return 'correction'
  return videoKey === null ? 'unknown' : 'session'
}

/** The text has its fields in the order of their names. One that cannot be read stays as it is, for verify to name. */
function withCorrection(facts: string): string {
  if (!facts.includes('"command":')) return facts
  try {
    const { command, ...others }: Readonly<Record<string, unknown>> = JSON.parse(facts)
    if (command === undefined) return facts
    const fields = Object.entries({ ...others, correction: command })
    return JSON.stringify(Object.fromEntries(fields.sort(([left], [right]) => (left < right ? -1 : 1))))
  } catch {
    return facts
  }
}
