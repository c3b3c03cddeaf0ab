// `immersion demo`: fills a database of its own with a plausible year and shows it, so that somebody without a player at
// hand sees what the log tells. It never touches a log that holds anything.

import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { localDayOf, zoneOffsetMin } from '../events/calendar.js'
import { ImmersionError } from '../events/errors.js'
import type { NewEvent } from '../events/types.js'
import { dataFolder, isServerUrl, storageFromUrl } from '../store/storage-location.js'
import { type Context, contextOf, withStore } from './context.js'
import { demoSessions } from './demo-learner.js'
import { note, printAnswer } from './output.js'
import { bold } from './pictures.js'
import * as render from './stats-render.js'
import * as say from './wording.js'

const DAYS = 365
const SEED = 20_260_214
/** Sessions are joined to pages of about so many events: a page is one transaction. */
const PAGE_MIN_EVENTS = 1000

export function addDemoCommand(program: Command): void {
  const demo = program.command('demo').description('fill a separate database with a plausible year and show it')
  demo.action(async () => {
    const shared = contextOf(demo)
    const named = demo.optsWithGlobals<{ readonly db?: string }>().db
    const url = named ?? freshDemoFile()
    const context: Context = { ...shared, storeConfig: { ...shared.storeConfig, storage: storageFromUrl(url) } }
    await withStore(context, async (store) => {
      const shownUrl = isServerUrl(url) ? (await store.maintenance.stats()).location : url
      if ((await store.events({ after: 0, limit: 1 })).events.length > 0) {
        throw new ImmersionError('INVALID_ARGUMENT', `the log at ${shownUrl} holds events already`, {
          hint: 'The demo fills only an empty log; leave --db away to let it make its own.',
        })
      }
      const nowMs = Date.now()
      const year = {
        untilMs: nowMs,
        days: DAYS,
        seed: SEED,
        utcOffsetMin: (epochMs: number) => zoneOffsetMin(epochMs, context.timeZone),
      }
      const beganMs = performance.now()
      const { appended } = await store.maintenance.importEvents(pages(demoSessions(year)))
      note(`A year of ${say.number(appended)} events recorded in ${say.duration(performance.now() - beganMs)}.`)

      const { dayStartsAtHour } = await store.maintenance.settings()
      const today = localDayOf(nowMs, year.utcOffsetMin(nowMs), dayStartsAtHour)
      const view = { color: context.color, timeZone: context.timeZone, today, width: process.stdout.columns ?? 110 }
      const { analytics } = store
      const shown = {
        db: shownUrl,
        overview: await analytics.overview({ today }),
        calendar: await analytics.calendar({ today }),
        hours: await analytics.hours(),
        throughput: await analytics.throughput({ by: 'series' }),
      }
      printAnswer(context, shown, ({ overview, calendar, hours, throughput }) =>
        [
          ['Overview', render.overview(overview, view)] as const,
          ['Calendar', render.calendar(calendar, view)] as const,
          ['Hours of the week', render.hours(hours, view)] as const,
          ['Speed by series', render.throughput(throughput)] as const,
          ['Go on', [`immersion --db ${shownUrl} stats videos`]] as const,
        ].flatMap(([title, lines]) => ['', bold(title, context.color), ...lines]),
      )
    })
  })
}

/** The demo's own file; the one of the last time is removed. */
function freshDemoFile(): string {
  const path = join(dataFolder(), 'demo.sqlite')
  for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) rmSync(file)
  return `sqlite:${path}`
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
