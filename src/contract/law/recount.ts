// The naive recount: what the read models must say, counted from a drawn history in the slow and obvious way. It makes one
// pass over all events for every table, and knows no ledger, no quarter hours and no batches. It imports nothing of the
// product.

import { type DrawnEvent, OWN_PROJECTION_NAME, type Play } from './history.js'
import { localDate, type Rules, rulesAfter } from './rules.js'

/** Table → key as JSON → measures that are not 0. */
export type CountedRows = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>

export interface CountedVideo {
  readonly videoKey: string
  readonly title: string | undefined
  readonly episode: number | undefined
  readonly firstSeenAtMs: number
  readonly lastSeenAtMs: number
}

export interface CountedSession {
  readonly sessionId: string
  readonly videoKey: string
  readonly language: string
  readonly startedAtMs: number
  readonly endedAtMs: number
}

export interface Recount {
  readonly rows: CountedRows
  readonly videos: readonly CountedVideo[]
  readonly sessions: readonly CountedSession[]
}

interface StoredEvent extends DrawnEvent {
  readonly streamId: string
  readonly version: number
}

/** An event, and the session, video and language for which it counts. */
interface CountedEvent extends StoredEvent {
  /** `session` is null for an adjustment of a video on a date. */
  readonly place: Pick<CountedSession, 'videoKey' | 'language'> & { readonly session: CountedSession | null }
}

/** Counts what is held after all steps, by the rules that are then in force. */
export function recount(play: Play): Recount {
  const streams = storedStreams(play)
  const corrections = correctionsOf(streams.flat())
  const counting = streams.flatMap((events) => {
    const session = countedSession(events, corrections)
    return session === null ? [] : [{ session, events }]
  })
  const sessions = counting.map(({ session }) => session)
  const counted = [
    ...counting.flatMap(({ session, events }) => events.map((one) => ({ ...one, place: { ...session, session } }))),
    ...countedAdjustments(corrections, sessions),
  ]
  const rows = countedRows(counted, rulesAfter(play))
  // A session or a video whose sums are all 0 has no row, and is not listed.
  const listed = (table: string, column: number) =>
    new Set(Object.keys(rows[table] ?? {}).map((key) => JSON.parse(key)[column]))
  const [sessionIds, videoKeys] = [listed('sessions', 1), listed('videos', 0)]
  return {
    rows,
    videos: countedVideos(counted, corrections).filter(({ videoKey }) => videoKeys.has(videoKey)),
    sessions: sessions.filter(({ sessionId }) => sessionIds.has(sessionId)),
  }
}

/** By stream, the events that the steps send and that no erasure has removed. */
function storedStreams(play: Play): readonly (readonly StoredEvent[])[] {
  const sent = new Set(play.steps.flatMap((step) => (step.kind === 'append' ? step.events : [])))
  let number = 0
  const streams = play.streams.map(({ streamId, events }) =>
    events
      .map((one, index) => ({ ...one, streamId, version: index + 1, number: number++ }))
      .filter((one) => sent.has(one.number)),
  )
  const erased = streams
    .flat()
    .filter(({ type }) => type === 'stream.erased')
    .map(({ payload }) => payload?.targetStreamId)
  return streams.map((events) => events.filter((one) => isAboutStreams(one) || !erased.includes(one.streamId)))
}

/** Discards, restores and erasures, which cannot be targets of other corrections. */
function isAboutStreams({ type }: DrawnEvent): boolean {
  return type === 'stream.discarded' || type === 'stream.restored' || type === 'stream.erased'
}

type Corrections = ReturnType<typeof correctionsOf>

/** The corrections that are not discarded, the latest last. */
function correctionsOf(stored: readonly StoredEvent[]) {
  const inOrder = [...stored].sort(byMoment)
  const isDiscarded = (streamId: string) => {
    const about = inOrder.filter((one) => isAboutStreams(one) && one.payload?.targetStreamId === streamId)
    return about.findLast(({ type }) => type !== 'stream.erased')?.type === 'stream.discarded'
  }
  const inForce = (type: string) => inOrder.filter((one) => one.type === type && !isDiscarded(one.streamId))
  return {
    isDiscarded,
    adjusted: inForce('session.adjusted'),
    renamed: inForce('video.renamed'),
    merged: inForce('video.merged'),
  }
}

/** Null where the start is not stored, and where the learner has discarded the session. */
function countedSession(events: readonly StoredEvent[], corrections: Corrections): CountedSession | null {
  const start = events.find((one) => one.type === 'session.started')
  if (start === undefined || corrections.isDiscarded(start.streamId)) return null
  const adjusted = corrections.adjusted.filter(({ payload }) => payload?.targetStreamId === start.streamId)
  const corrected = latest(adjusted, ({ payload }) => payload?.targetLanguage)
  const described = latest(events, (one) =>
    one.type === 'session.described' ? one.payload?.targetLanguage : undefined,
  )
  const ended = events.find((one) => one.type === 'session.ended')
  return {
    sessionId: start.streamId,
    videoKey: shownUnder(String(start.payload?.videoKey), corrections),
    language: String(corrected ?? described ?? start.payload?.targetLanguage ?? 'und'),
    startedAtMs: start.atMs,
    endedAtMs: ended?.atMs ?? Math.max(...events.map(reachesTo)),
  }
}

/** Adjustments of counted sessions, and of videos on a date. Each counts at the moment that it names. */
function countedAdjustments(corrections: Corrections, sessions: readonly CountedSession[]): readonly CountedEvent[] {
  return corrections.adjusted.flatMap((one): readonly CountedEvent[] => {
    const { targetStreamId, videoKey, targetLanguage, countedAtMs } = one.payload ?? {}
    const moved = { ...one, atMs: Number(countedAtMs) }
    if (targetStreamId === undefined) {
      const language = String(targetLanguage ?? 'und')
      return [{ ...moved, place: { session: null, videoKey: shownUnder(String(videoKey), corrections), language } }]
    }
    const session = sessions.find(({ sessionId }) => sessionId === targetStreamId)
    return session === undefined ? [] : [{ ...moved, place: { ...session, session } }]
  })
}

/** Follows the merges. After as many steps as there are merges it stands at their end, or in a cycle. */
function shownUnder(videoKey: string, { merged }: Corrections): string {
  const next = (key: string) => merged.findLast(({ payload }) => payload?.videoKey === key)?.payload?.intoVideoKey
  let key = videoKey
  for (const _step of merged) key = String(next(key) ?? key)
  const cycle = [key]
  for (let other = next(key); other !== undefined && other !== key; other = next(String(other)))
    cycle.push(String(other))
  return cycle.sort()[0] as string
}

type Sums = Record<string, Record<string, Record<string, number>>>

const TABLES = ['sessions', 'videos', 'daily', 'monthly', 'calendar', 'hours', OWN_PROJECTION_NAME]

function countedRows(counted: readonly CountedEvent[], rules: Rules): CountedRows {
  const sums: Sums = Object.fromEntries(TABLES.map((table) => [table, {}]))
  for (const one of counted) {
    const { session, videoKey, language } = one.place
    const date = localDate(one, rules.dayStartsAtHour)
    if (session !== null) add(sums, 'sessions', [session.startedAtMs, session.sessionId, videoKey, language], one)
    add(sums, 'videos', [videoKey, language], one)
    if (date.day >= rules.fromDay) add(sums, 'daily', [date.day, videoKey, language], one)
    if (date.month >= rules.fromMonth) add(sums, 'monthly', [date.month, videoKey, language], one)
    add(sums, 'calendar', [date.day, language], one)
    add(sums, 'hours', [date.weekday, date.hour, language], one)
    add(sums, OWN_PROJECTION_NAME, [date.weekday, language], one)
  }
  return withoutZeros(sums)
}

function add(sums: Sums, table: string, key: readonly unknown[], { measures }: DrawnEvent): void {
  const rows = sums[table] as Sums[string]
  const name = JSON.stringify(key)
  rows[name] ??= {}
  const row = rows[name]
  for (const [measure, value] of Object.entries(measures)) row[measure] = (row[measure] ?? 0) + value
}

function withoutZeros(sums: Sums): CountedRows {
  for (const rows of Object.values(sums)) {
    for (const [key, row] of Object.entries(rows)) {
      for (const [measure, value] of Object.entries(row)) if (value === 0) delete row[measure]
      if (Object.keys(row).length === 0) delete rows[key]
    }
  }
  return sums
}

function countedVideos(counted: readonly CountedEvent[], corrections: Corrections): readonly CountedVideo[] {
  const keys = [...new Set(counted.map(({ place }) => place.videoKey))]
  return keys.map((videoKey) => {
    const renamed = corrections.renamed.filter(({ payload }) => payload?.videoKey === videoKey)
    const own = counted.filter(({ place }) => place.videoKey === videoKey)
    const starts = own.filter((one) => one.type === 'session.started' && one.payload?.videoKey === videoKey)
    // The facts of a key that was merged into this one do not apply to it.
    const ofThisKey = own.filter((one) => starts.some(({ streamId }) => streamId === one.streamId))
    const fact = (name: string) =>
      latest(renamed, ({ payload }) => payload?.[name]) ??
      latest(ofThisKey, (one) => (one.type === 'video.described' ? one.payload?.[name] : undefined))
    // An adjustment of a session's sums does not change when its video was seen.
    const watched = own.filter(({ type, place }) => type !== 'session.adjusted' || place.session === null)
    return {
      videoKey,
      title: fact('title') as string | undefined,
      episode: fact('episode') as number | undefined,
      firstSeenAtMs: Math.min(...watched.map((one) => one.atMs)),
      lastSeenAtMs: Math.max(...watched.map(reachesTo)),
    }
  })
}

/** A heartbeat reaches to the end of the watched time that it covers, and with idle time alone it reaches nothing. */
function reachesTo(one: StoredEvent): number {
  if (one.type !== 'telemetry.sampled') return one.atMs
  const measured = Object.entries(one.measures).filter(([, value]) => value !== 0)
  if (measured.length === 1 && measured[0]?.[0] === 'idleMs') return 0
  return one.atMs + (one.measures.watchedMs ?? 0)
}

function latest(events: readonly StoredEvent[], factOf: (one: StoredEvent) => unknown): unknown {
  const last = [...events].sort(byMoment).findLast((one) => factOf(one) !== undefined)
  return last === undefined ? undefined : factOf(last)
}

function byMoment(a: StoredEvent, b: StoredEvent): number {
  return a.atMs - b.atMs || (a.streamId < b.streamId ? -1 : a.streamId > b.streamId ? 1 : 0) || a.version - b.version
}
