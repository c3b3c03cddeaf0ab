// What the read models must say, counted again from what was lived, the slow and obvious way: one pass over every
// happening for every table, no ledger, no quarter hours, no batches. It imports nothing of the product.

import { type Happening, type Learner, OWN_PROJECTION_NAME, type Step } from './history.js'

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

/** `dayStartsAtHour` is the one in force at the end. */
export function recount(learner: Learner, steps: readonly Step[], dayStartsAtHour: number): Recount {
  const told = whatWasTold(learner, steps)
  const sessions = told.flatMap((one) => countedSession(one))
  const rows: Record<string, Record<string, Record<string, number>>> = {
    sessions: {},
    videos: {},
    daily: {},
    monthly: {},
    calendar: {},
    hours: {},
    [OWN_PROJECTION_NAME]: {},
  }
  for (const lived of told) {
    const session = countedSession(lived)[0]
    if (session === undefined) continue
    const { videoKey, language } = session
    for (const happening of lived) {
      const date = localDate(happening, dayStartsAtHour)
      add(rows, 'sessions', [session.startedAtMs, session.sessionId, videoKey, language], happening)
      add(rows, 'videos', [videoKey, language], happening)
      add(rows, 'daily', [date.day, videoKey, language], happening)
      add(rows, 'monthly', [date.month, videoKey, language], happening)
      add(rows, 'calendar', [date.day, language], happening)
      add(rows, 'hours', [date.weekday, date.hour, language], happening)
      add(rows, OWN_PROJECTION_NAME, [date.weekday, language], happening)
    }
  }
  return { rows: withoutZeros(rows), videos: countedVideos(told), sessions }
}

function whatWasTold(learner: Learner, steps: readonly Step[]): readonly (readonly Lived[])[] {
  const sent = new Set(steps.flatMap((step) => (step.kind === 'append' ? step.events : [])))
  let number = 0
  return learner.sittings.map(({ streamId, happenings }) =>
    happenings
      .map((one, index) => ({ ...one, streamId, version: index + 1, number: number++ }))
      .filter((one) => sent.has(one.number)),
  )
}

/** None where the start was never told. */
function countedSession(lived: readonly Lived[]): readonly CountedSession[] {
  const start = lived.find((one) => one.type === 'session.started')
  if (start === undefined) return []
  const described = latest(lived, (one) => (one.type === 'session.described' ? one.payload?.targetLanguage : undefined))
  const ended = lived.find((one) => one.type === 'session.ended')
  return [
    {
      sessionId: start.streamId,
      videoKey: String(start.payload?.videoKey),
      language: String(described ?? start.payload?.targetLanguage ?? 'und'),
      startedAtMs: start.atMs,
      endedAtMs: ended?.atMs ?? Math.max(...lived.map(reachesTo)),
    },
  ]
}

function countedVideos(told: readonly (readonly Lived[])[]): readonly CountedVideo[] {
  const visible = told.flatMap((lived) => countedSession(lived).map(({ videoKey }) => ({ videoKey, lived })))
  const keys = [...new Set(visible.map((one) => one.videoKey))]
  return keys.map((videoKey) => {
    const lived = visible.filter((one) => one.videoKey === videoKey).flatMap((one) => one.lived)
    const fact = (name: string) =>
      latest(lived, (one) => (one.type === 'video.described' ? one.payload?.[name] : undefined))
    return {
      videoKey,
      title: fact('title') as string | undefined,
      episode: fact('episode') as number | undefined,
      firstSeenAtMs: Math.min(...lived.map((one) => one.atMs)),
      lastSeenAtMs: Math.max(...lived.map(reachesTo)),
    }
  })
}

/** A heartbeat reaches to the end of what it covers. */
function reachesTo(one: Lived): number {
  return one.type === 'telemetry.sampled' ? one.atMs + (one.measures.watchedMs ?? 0) : one.atMs
}

function latest(lived: readonly Lived[], factOf: (one: Lived) => unknown): unknown {
  const said = lived.filter((one) => factOf(one) !== undefined)
  said.sort(
    (a, b) =>
      a.atMs - b.atMs || (a.streamId < b.streamId ? -1 : a.streamId > b.streamId ? 1 : 0) || a.version - b.version,
  )
  const last = said.at(-1)
  return last === undefined ? undefined : factOf(last)
}

function localDate({ atMs, offsetMin }: Happening, dayStartsAtHour: number) {
  const clock = new Date(atMs + offsetMin * 60_000)
  const date = new Date(atMs + offsetMin * 60_000 - dayStartsAtHour * 3_600_000)
  const midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate())
  return {
    day: midnight / 86_400_000,
    month: date.getUTCFullYear() * 100 + date.getUTCMonth() + 1,
    weekday: date.getUTCDay() === 0 ? 7 : date.getUTCDay(),
    hour: clock.getUTCHours(),
  }
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
