// Appends batches of events to one profile's log: events, ledger, read models and head in one transaction. The usual
// batch is known from memory alone and takes one conditional commit; it holds because nobody else raised the revision
// since. States: remembered → (commit) → remembered; else, when something must be read or the log has moved on, the
// same work is done on a snapshot under the head's lock. What is remembered is only ever right for `head`'s revision.

import type { NewEvent } from '../events/types.js'
import { type Grouping, groupingsOf, ledgerByStream } from '../ledger/fold.js'
import { rowRulesOf, sameRules } from '../ledger/settings.js'
import { readStandingCorrections, type StandingCorrections } from '../ledger/standing-corrections.js'
import { type StreamState, stateOf } from '../ledger/stream-state.js'
import type { EventLog, Head, LogSnapshot, StreamRow, VideoRow } from '../ports/event-log.js'
import type { AppendAnswer } from '../ports/log-engine.js'
import type { Projection } from '../ports/projection.js'
import { attributionWrites } from './attribution-writes.js'
import { type Batch, type StreamBatch, sortOut, versionConflict } from './batch.js'
import {
  type BatchNeeds,
  type BatchReads,
  type BatchWrites,
  isWide,
  NOTHING_READ,
  needsNothing,
  needsOf,
  writesOf,
} from './batch-writes.js'

/** Sessions open at once are a handful; an import goes stream by stream. A state is about a kilobyte. */
const STREAMS_REMEMBERED = 512
const VIDEOS_REMEMBERED = 512
/** Held events that are read at a time to compare repeated ones. */
const COMPARE_PAGE_EVENTS = 2_000

export interface Appender {
  append(events: readonly NewEvent[]): Promise<AppendAnswer>
}

export interface AppenderOptions {
  readonly log: EventLog
  readonly profile: string
  readonly projections: readonly Projection[]
  /** The head as it is known to be; memory begins with it. */
  readonly head: Head
}

/** What an append under the lock has worked out; `written` is null where nothing was new. */
interface LockedAppend {
  readonly batch: Batch
  readonly written: BatchWrites | null
  readonly known: ReadonlyMap<string, StreamState>
  /** Where the batch changed what they say. */
  readonly correctionsAfter: StandingCorrections | null
}

export function createAppender({ log, profile, projections, head: firstHead }: AppenderOptions): Appender {
  const groupings = groupingsOf(projections)
  let head = firstHead
  let rules = rowRulesOf(head.settings)
  let folded = foldedUpTo(groupings, head)
  const streams = new Map<string, StreamState>()
  /** Null until they are read. */
  let corrections: StandingCorrections | null = null
  /** Null for a video that has no row. */
  const videos = new Map<string, VideoRow | null>()
  let turn: Promise<unknown> = Promise.resolve()

  function append(events: readonly NewEvent[]): Promise<AppendAnswer> {
    const answer = turn.then(() => appendNow(events))
    turn = answer.catch(() => {})
    return answer
  }

  async function appendNow(events: readonly NewEvent[]): Promise<AppendAnswer> {
    if (corrections === null) return appendLocked(events)
    const batch = sortOut(events, head, (streamId) => streams.get(streamId), corrections)
    if (batch === null) return appendLocked(events)
    const needs = needsOf(batch, videos, corrections)
    if (!needsNothing(needs) || isWide(batch, needs, corrections)) return appendLocked(events)
    if (batch.events.length === 0) return answerOf(batch, head)
    const written = writesOf(batch, folded, rules, needs, NOTHING_READ, corrections)
    if ((await log.commit(profile, written.writes)) === 'stale') {
      forget()
      return appendLocked(events)
    }
    remember(written)
    return answerOf(batch, head)
  }

  /** The slow way: whatever is not remembered is read under the lock, so it can neither be stale nor refused as such. */
  async function appendLocked(events: readonly NewEvent[]): Promise<AppendAnswer> {
    const { batch, written, known, correctionsAfter } = await log.update<LockedAppend>(profile, async (snapshot) => {
      const current = await snapshot.head()
      if (current.revision !== head.revision) {
        forget()
        setHead(current)
      }
      corrections ??= await readStandingCorrections(snapshot)
      const known = await lookUp(snapshot, streamIdsOf(events), corrections)
      const narrow = sortOut(events, head, (streamId) => known.get(streamId) ?? null, corrections)
      if (narrow === null) throw new TypeError('unreachable: every stream of the batch was looked up')
      await lookUpVideos(snapshot, narrow)
      const needs = needsOf(narrow, videos, corrections)
      for (const stream of needs.compare) await compareWithHeld(snapshot, stream)
      if (isWide(narrow, needs, corrections)) {
        const {
          batch,
          written,
          corrections: correctionsAfter,
        } = await attributionWrites(snapshot, events, head, corrections, folded, rules)
        return { writes: written.writes, answer: { batch, written, known: NONE_KNOWN, correctionsAfter } }
      }
      const reads = await readNeeds(snapshot, needs)
      const written = narrow.events.length === 0 ? null : writesOf(narrow, folded, rules, needs, reads, corrections)
      return { writes: written?.writes ?? null, answer: { batch: narrow, written, known, correctionsAfter: null } }
    })
    // Other streams count elsewhere than what is remembered of them says.
    if (correctionsAfter !== null) forget()
    corrections = correctionsAfter ?? corrections
    for (const state of known.values()) streams.set(state.row.streamId, state)
    if (written !== null) remember(written)
    // Also where nothing was new: an import of what is there already looks up every stream of the log.
    else forgetSome()
    return answerOf(batch, head)
  }

  async function lookUp(
    snapshot: LogSnapshot,
    streamIds: readonly string[],
    corrections: StandingCorrections,
  ): Promise<ReadonlyMap<string, StreamState>> {
    const known = new Map<string, StreamState>()
    const missing: string[] = []
    for (const streamId of streamIds) {
      const state = streams.get(streamId)
      if (state === undefined) missing.push(streamId)
      else known.set(streamId, state)
    }
    if (missing.length > 0) {
      for (const row of await snapshot.streams({ streamIds: missing })) {
        known.set(row.streamId, stateOf(row, corrections))
      }
    }
    return known
  }

  async function lookUpVideos(snapshot: LogSnapshot, batch: Batch): Promise<void> {
    const missing = new Set<string>()
    for (const { attribution } of batch.streams) {
      if (attribution !== null && !videos.has(attribution.videoKey)) missing.add(attribution.videoKey)
    }
    if (missing.size === 0) return
    for (const videoKey of missing) videos.set(videoKey, null)
    for (const video of await snapshot.videos({ videoKeys: [...missing] })) videos.set(video.videoKey, video)
  }

  function setHead(next: Head): void {
    if (!sameRules(next.settings, head.settings)) rules = rowRulesOf(next.settings)
    if (next.projections !== head.projections) folded = foldedUpTo(groupings, next)
    head = next
  }

  function forget(): void {
    streams.clear()
    videos.clear()
    corrections = null
  }

  function remember({ states, writes }: BatchWrites): void {
    setHead(writes.head)
    for (const state of states) {
      streams.delete(state.row.streamId)
      streams.set(state.row.streamId, state)
    }
    for (const video of writes.videos) {
      videos.delete(video.videoKey)
      videos.set(video.videoKey, video)
    }
    for (const videoKey of writes.removedVideoKeys ?? []) videos.set(videoKey, null)
    forgetSome()
  }

  function forgetSome(): void {
    forgetOldest(streams, STREAMS_REMEMBERED)
    forgetOldest(videos, VIDEOS_REMEMBERED)
  }

  return { append }
}

const NONE_KNOWN: ReadonlyMap<string, StreamState> = new Map()

function answerOf(batch: Batch, head: Head): AppendAnswer {
  return {
    asOfRevision: head.revision,
    appended: batch.events.length,
    present: batch.present,
    position: head.position,
  }
}

/** Only what was up to date can be kept so by adding; the others are left behind until somebody rebuilds them. */
function foldedUpTo(groupings: readonly Grouping[], head: Head): readonly Grouping[] {
  const listed = new Set(head.projections)
  return groupings.filter(({ id }) => listed.has(id))
}

function streamIdsOf(events: readonly NewEvent[]): readonly string[] {
  return [...new Set(events.map(({ streamId }) => streamId))]
}

async function readNeeds(snapshot: LogSnapshot, needs: BatchNeeds): Promise<BatchReads> {
  const ledgers = ledgerByStream(needs.ledgers.length > 0 ? await snapshot.ledger({ streams: needs.ledgers }) : [])
  const videoStreams = new Map<string, readonly StreamRow[]>()
  for (const videoKey of needs.videos) videoStreams.set(videoKey, await snapshot.streams({ videoKey }))
  return { ledgers, videoStreams }
}

/** VERSION_CONFLICT when a repeated event is still held with other content. What is no longer held is taken at its word. */
async function compareWithHeld(snapshot: LogSnapshot, stream: StreamBatch): Promise<void> {
  const held = stream.before?.row
  if (held === undefined) return
  const wanted = new Map<number, NewEvent>()
  for (const event of stream.covered) {
    const same = wanted.get(event.version)
    if (same !== undefined && same.checksum !== event.checksum) throw versionConflict(event)
    wanted.set(event.version, event)
  }
  const through = held.lastPosition
  let after = held.firstPosition - 1
  while (wanted.size > 0 && after < through) {
    const page = await snapshot.events({ after, through, stream: held.stream, limit: COMPARE_PAGE_EVENTS })
    for (const row of page) {
      const event = wanted.get(row.version)
      if (event !== undefined && event.checksum !== row.checksum) throw versionConflict(event)
      wanted.delete(row.version)
    }
    if (page.length < COMPARE_PAGE_EVENTS) return
    after = page[page.length - 1]?.position ?? through
  }
}

function forgetOldest<Value>(remembered: Map<string, Value>, limit: number): void {
  for (const oldest of remembered.keys()) {
    if (remembered.size <= limit) return
    remembered.delete(oldest)
  }
}
