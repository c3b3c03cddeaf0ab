// `immersion demo`: fills a database of its own with a plausible year and prints statistics, so that anyone without a
// player sees what the log can answer. It never writes to a log that holds anything.

import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { localDayOf, zoneOffsetMin } from '../events/calendar.js'
import { ImmersionError } from '../events/errors.js'
import type { NewEvent } from '../events/types.js'
import type { ImmersionTrackingStore } from '../ports/store-types.js'
import { dataFolder, isServerUrl, storageFromUrl } from '../store/storage-location.js'
import { type Context, type ContextCommand, withStore } from './context.js'
import { demoSessions } from './demo-learner.js'
import { type Lines, note, printAnswer } from './output.js'
import { bold, calendar, hours } from './pictures.js'
import * as render from './stats-render.js'
import * as say from './wording.js'

const DAYS = 365
const SEED = 20_260_214
/** A page is one transaction. Sessions are joined to pages of about this many events, because small ones are slow. */
const PAGE_MIN_EVENTS = 1000

export function addDemoCommand(program: ContextCommand): void {
  const demo = program.command('demo').description('fill a separate database with a year of example data and show it')
  demo.run(async (shared) => {
    const url = demo.optsWithGlobals<{ readonly db?: string }>().db ?? newDemoFile()
    const context: Context = { ...shared, storeConfig: { ...shared.storeConfig, storage: storageFromUrl(url) } }
    await withStore(context, async (store) => {
      const db = isServerUrl(url) ? (await store.maintenance.stats()).location : url
      await refuseFilledLog(store, db)
      const nowMs = Date.now()
      await recordYear(store, context.timeZone, nowMs)
      const answer = await statisticsOf(store, context.timeZone, nowMs)
      printAnswer(context, { db, ...answer }, () => statisticsLines(db, answer, context))
    })
  })
}

/** The demo's own file. The file of the last demo is removed. */
function newDemoFile(): string {
  const path = join(dataFolder(), 'demo.sqlite')
  for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) rmSync(file)
  return `sqlite:${path}`
}

async function refuseFilledLog(store: ImmersionTrackingStore, db: string): Promise<void> {
  if ((await store.events({ after: 0, limit: 1 })).events.length === 0) return
  throw new ImmersionError('INVALID_ARGUMENT', `the log at ${db} holds events already`, {
    hint: 'The demo fills only an empty log. Without --db it creates one.',
  })
}

async function recordYear(store: ImmersionTrackingStore, timeZone: string, nowMs: number): Promise<void> {
  const utcOffsetMin = (epochMs: number) => zoneOffsetMin(epochMs, timeZone)
  const beganMs = performance.now()
  const sessions = demoSessions({ untilMs: nowMs, days: DAYS, seed: SEED, utcOffsetMin })
  const { appended } = await store.maintenance.importEvents(pages(sessions))
  note(`Recorded a year of ${say.number(appended)} events in ${say.duration(performance.now() - beganMs)}.`)
}

async function* pages(sessions: Iterable<readonly NewEvent[]>): AsyncGenerator<readonly NewEvent[]> {
  let page: NewEvent[] = []
  for (const session of sessions) {
    page.push(...session)
    if (page.length < PAGE_MIN_EVENTS) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}

async function statisticsOf(store: ImmersionTrackingStore, timeZone: string, nowMs: number) {
  const { analytics, maintenance } = store
  const { dayStartsAtHour } = await maintenance.settings()
  const today = localDayOf(nowMs, zoneOffsetMin(nowMs, timeZone), dayStartsAtHour)
  return {
    overview: await analytics.overview({ today }),
    calendar: await analytics.calendar({ today }),
    hours: await analytics.hours(),
    throughput: await analytics.throughput({ by: 'series' }),
  }
}

function statisticsLines(db: string, answer: Awaited<ReturnType<typeof statisticsOf>>, context: Context): Lines {
  const sections = [
    ['Overview', render.overview(answer.overview, context)],
    ['Calendar', calendar(answer.calendar, context)],
    ['Hours of the week', hours(answer.hours, context)],
    ['Speed by series', render.throughput(answer.throughput, context)],
    ['Next', [`immersion --db ${db} stats videos`]],
  ] as const
  return sections.flatMap(([title, lines]) => ['', bold(title, context.color), ...lines])
}
