// What the read models must say, counted again from what was lived, the slow and obvious way: one pass over every
// happening for every table, no ledger, no quarter hours, no batches. It imports nothing of the product.

import { type Happening, type Learner, OWN_PROJECTION_NAME, type Step } from './history.js'
import { localDate, type Rules } from './rules.js'

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
  /** Table → key as JSON → measures that are not 0. */
  readonly rows: CountedRows
  readonly videos: readonly CountedVideo[]
  readonly sessions: readonly CountedSession[]
}

interface Lived extends Happening {
  readonly streamId: string
  readonly version: number
}

/** What a stream's happenings count for. */
interface Place {
  /** Null for what counts for a video on a date. */
  readonly session: CountedSession | null
  readonly videoKey: string
  readonly language: string
}

type Counted = Lived & { readonly place: Place }

/** `rules` are those in force at the end. */
export function recount(learner: Learner, steps: readonly Step[], rules: Rules): Recount {
  const told = whatWasTold(learner, steps)
  const corrections = correctionsOf(told.flat())
  const sittings = told.flatMap((lived) => {
    const session = countedSession(lived, corrections)
    return session === null ? [] : [{ session, lived }]
  })
  const sessions = sittings.map(({ session }) => session)
  const counted = [
    ...sittings.flatMap(({ session, lived }) => lived.map((one) => ({ ...one, place: { ...session, session } }))),
    ...countedAdjustments(corrections, sessions),
  ]
  const rows: Record<string, Record<string, Record<string, number>>> = {
    sessions: {},
    videos: {},
    daily: {},
    monthly: {},
    calendar: {},
    hours: {},
    [OWN_PROJECTION_NAME]: {},
  }
  for (const one of counted) {
    const { session, videoKey, language } = one.place
    const date = localDate(one, rules.dayStartsAtHour)
    if (session !== null) add(rows, 'sessions', [session.startedAtMs, session.sessionId, videoKey, language], one)
    add(rows, 'videos', [videoKey, language], one)
    if (date.day >= rules.fromDay) add(rows, 'daily', [date.day, videoKey, language], one)
    if (date.month >= rules.fromMonth) add(rows, 'monthly', [date.month, videoKey, language], one)
    add(rows, 'calendar', [date.day, language], one)
    add(rows, 'hours', [date.weekday, date.hour, language], one)
    add(rows, OWN_PROJECTION_NAME, [date.weekday, language], one)
  }
  const kept = withoutZeros(rows)
  // What adds up to nothing is not listed: its row does not exist.
  const listed = (table: string, column: number) =>
    new Set(Object.keys(kept[table] ?? {}).map((key) => JSON.parse(key)[column]))
  const [sessionIds, videoKeys] = [listed('sessions', 1), listed('videos', 0)]
  return {
    rows: kept,
    videos: countedVideos(counted, corrections).filter(({ videoKey }) => videoKeys.has(videoKey)),
    sessions: sessions.filter(({ sessionId }) => sessionIds.has(sessionId)),
  }
}

function whatWasTold(learner: Learner, steps: readonly Step[]): readonly (readonly Lived[])[] {
  const sent = new Set(steps.flatMap((step) => (step.kind === 'append' ? step.events : [])))
  let number = 0
  const told = learner.sittings.map(({ streamId, happenings }) =>
    happenings
      .map((one, index) => ({ ...one, streamId, version: index + 1, number: number++ }))
      .filter((one) => sent.has(one.number)),
  )
  const erased = targets(told.flat(), 'stream.erased')
  return told.map((lived) => lived.filter((one) => isAboutStreams(one) || !erased.includes(one.streamId)))
}

/** What the learner says that was not taken back, the latest last. */
type Corrections = {
  isDiscarded(streamId: string): boolean
  readonly adjusted: readonly Lived[]
  readonly renamed: readonly Lived[]
  readonly merged: readonly Lived[]
}

function correctionsOf(told: readonly Lived[]): Corrections {
  const inOrder = [...told].sort(byMoment)
  const isDiscarded = (streamId: string) => {
    const about = inOrder.filter((one) => isAboutStreams(one) && one.payload?.targetStreamId === streamId)
    return about.findLast(({ type }) => type !== 'stream.erased')?.type === 'stream.discarded'
  }
  const said = (type: string) => inOrder.filter((one) => one.type === type && !isDiscarded(one.streamId))
  return {
    isDiscarded,
    adjusted: said('session.adjusted'),
    renamed: said('video.renamed'),
    merged: said('video.merged'),
  }
}

function targets(told: readonly Lived[], type: string): readonly unknown[] {
  return told.filter((one) => one.type === type).map(({ payload }) => payload?.targetStreamId)
}

/** Which are no targets themselves. */
function isAboutStreams({ type }: Happening): boolean {
  return type === 'stream.discarded' || type === 'stream.restored' || type === 'stream.erased'
}

/** Null where the start was never told, and where the learner took it back. */
function countedSession(lived: readonly Lived[], corrections: Corrections): CountedSession | null {
  const start = lived.find((one) => one.type === 'session.started')
  if (start === undefined || corrections.isDiscarded(start.streamId)) return null
  const adjusted = corrections.adjusted.filter(({ payload }) => payload?.targetStreamId === start.streamId)
  const corrected = latest(adjusted, ({ payload }) => payload?.targetLanguage)
  const described = latest(lived, (one) => (one.type === 'session.described' ? one.payload?.targetLanguage : undefined))
  const ended = lived.find((one) => one.type === 'session.ended')
  return {
    sessionId: start.streamId,
    videoKey: shownUnder(String(start.payload?.videoKey), corrections),
    language: String(corrected ?? described ?? start.payload?.targetLanguage ?? 'und'),
    startedAtMs: start.atMs,
    endedAtMs: ended?.atMs ?? Math.max(...lived.map(reachesTo)),
  }
}

/** Of a session that counts, with it; of a video and a date, by itself. Each at the moment that it names. */
function countedAdjustments(corrections: Corrections, sessions: readonly CountedSession[]): readonly Counted[] {
  return corrections.adjusted.flatMap((one): readonly Counted[] => {
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

/** Follows the merges to where they end. As many steps as there are merges end there, or within a ring. */
function shownUnder(videoKey: string, { merged }: Corrections): string {
  const next = (key: string) => merged.findLast(({ payload }) => payload?.videoKey === key)?.payload?.intoVideoKey
  let key = videoKey
  for (const _step of merged) key = String(next(key) ?? key)
  const ring = [key]
  for (let other = next(key); other !== undefined && other !== key; other = next(String(other)))
    ring.push(String(other))
  return ring.sort()[0] as string
}

function countedVideos(counted: readonly Counted[], corrections: Corrections): readonly CountedVideo[] {
  const keys = [...new Set(counted.map(({ place }) => place.videoKey))]
  return keys.map((videoKey) => {
    const renamed = corrections.renamed.filter(({ payload }) => payload?.videoKey === videoKey)
    const own = counted.filter(({ place }) => place.videoKey === videoKey)
    const starts = own.filter((one) => one.type === 'session.started' && one.payload?.videoKey === videoKey)
    // What players say of the keys that were merged into this one is not said of it.
    const told = own.filter((one) => starts.some(({ streamId }) => streamId === one.streamId))
    const fact = (name: string) =>
      latest(renamed, ({ payload }) => payload?.[name]) ??
      latest(told, (one) => (one.type === 'video.described' ? one.payload?.[name] : undefined))
    // What is added to a session's sums says nothing of when its video was watched.
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

/** A heartbeat reaches to the end of what it covers. */
function reachesTo(one: Lived): number {
  return one.type === 'telemetry.sampled' ? one.atMs + (one.measures.watchedMs ?? 0) : one.atMs
}

function latest(lived: readonly Lived[], factOf: (one: Lived) => unknown): unknown {
  const last = [...lived].sort(byMoment).findLast((one) => factOf(one) !== undefined)
  return last === undefined ? undefined : factOf(last)
}

function byMoment(a: Lived, b: Lived): number {
  return a.atMs - b.atMs || (a.streamId < b.streamId ? -1 : a.streamId > b.streamId ? 1 : 0) || a.version - b.version
}

function add(
  rows: Record<string, Record<string, Record<string, number>>>,
  table: string,
  key: readonly unknown[],
  { measures }: Happening,
): void {
  const group = rows[table] as Record<string, Record<string, number>>
  const name = JSON.stringify(key)
  group[name] ??= {}
  const sums = group[name] as Record<string, number>
  for (const [measure, value] of Object.entries(measures)) sums[measure] = (sums[measure] ?? 0) + value
}

function withoutZeros(rows: Record<string, Record<string, Record<string, number>>>): CountedRows {
  const kept: Record<string, Record<string, Record<string, number>>> = {}
  for (const [table, group] of Object.entries(rows)) {
    kept[table] = {}
    for (const [key, sums] of Object.entries(group)) {
      const positive = Object.fromEntries(Object.entries(sums).filter(([, value]) => value !== 0))
      if (Object.keys(positive).length > 0) (kept[table] as Record<string, unknown>)[key] = positive
    }
  }
  return kept
}
