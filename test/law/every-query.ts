// Every query of analytics, in each form that reads in another way: filters, ranges, orders and all pages. Answers are JSON,
// so that those of two databases are compared byte for byte. The compiler ensures that no query is left out.

import { THROUGHPUT_BY } from '../../src/analytics/throughput.js'
import { VIDEO_SORTS } from '../../src/analytics/videos.js'
import { MEASURE_NAMES } from '../../src/events/measures.js'
import type { Analytics, Paged } from '../../src/ports/analytics-types.js'

type Ask = <Answer>(query: string, answer: Promise<Answer>) => Promise<Answer>
type AskInEachForm = (analytics: Analytics, ask: Ask) => Promise<void>

/** No language, some that occur, and one that does not. */
const LANGUAGES = [{}, { language: 'ja' }, { language: 'und' }, { language: 'zh-Hant' }, { language: 'none' }]
/** Small, so that every list has several pages. */
const PAGE = 3
/** The days of MOMENTS in src/contract/law/draw.ts lie between 2011 and 2026. */
const SOME_DAYS = { fromDay: 19_750, toDay: 20_500 }
const SOME_MONTHS = { fromMonth: 202_402, toMonth: 202_604 }
const TODAY = 20_541
const READ_MODELS = ['sessions', 'videos', 'daily', 'monthly', 'calendar', 'hours']

const QUERIES: Readonly<Record<keyof Analytics, AskInEachForm>> = {
  async overview(analytics, ask) {
    for (const language of LANGUAGES) {
      await ask(`overview ${JSON.stringify(language)}`, analytics.overview({ ...language, today: TODAY }))
    }
    await ask('overview now', analytics.overview())
  },
  async sessions(analytics, ask) {
    for (const language of LANGUAGES) {
      await pages(`sessions ${JSON.stringify(language)}`, ask, (page) => analytics.sessions({ ...language, ...page }))
    }
    const range = { fromMs: Date.UTC(2024, 0, 1), toMs: Date.UTC(2026, 6, 1) }
    await pages('sessions of a range', ask, (page) => analytics.sessions({ ...range, ...page }))
    for (const { videoKey } of (await analytics.videos({ limit: 500 })).videos) {
      await pages(`sessions of ${videoKey}`, ask, (page) => analytics.sessions({ videoKey, ...page }))
    }
  },
  async languages(analytics, ask) {
    await ask('languages', analytics.languages())
  },
  async session(analytics, ask) {
    for (const id of await sessionIds(analytics)) await ask(`session ${id}`, analytics.session(id))
  },
  async timeline(analytics, ask) {
    for (const sessionId of await sessionIds(analytics)) {
      await pages(`timeline ${sessionId}`, ask, (page) => analytics.timeline({ sessionId, ...page }))
    }
  },
  async videos(analytics, ask) {
    for (const sort of VIDEO_SORTS) {
      for (const language of LANGUAGES) {
        const name = `videos by ${sort} ${JSON.stringify(language)}`
        await pages(name, ask, (page) => analytics.videos({ sort, ...language, ...page }))
      }
    }
  },
  async video(analytics, ask) {
    for (const { videoKey } of (await analytics.videos({ limit: 500 })).videos) {
      await ask(`video ${videoKey}`, analytics.video(videoKey))
    }
  },
  async daily(analytics, ask) {
    for (const range of [
      {},
      SOME_DAYS,
      { language: 'ja' },
      { videoKey: 'x 日本語' },
      { videoKey: 'local:/tv/A.mkv' },
    ]) {
      await pages(`daily ${JSON.stringify(range)}`, ask, (page) => analytics.daily({ ...range, ...page }))
    }
  },
  async monthly(analytics, ask) {
    for (const range of [{}, SOME_MONTHS, { language: 'en' }, { videoKey: 'local:/tv/a.mkv' }]) {
      await pages(`monthly ${JSON.stringify(range)}`, ask, (page) => analytics.monthly({ ...range, ...page }))
    }
  },
  async throughput(analytics, ask) {
    for (const by of THROUGHPUT_BY) {
      for (const range of [{}, { limit: PAGE }, SOME_DAYS, { language: 'ja' }]) {
        await ask(`throughput by ${by} ${JSON.stringify(range)}`, analytics.throughput({ by, ...range }))
      }
    }
  },
  async streak(analytics, ask) {
    for (const language of LANGUAGES) {
      for (const query of [{}, { minimumMinutes: 5, today: TODAY }]) {
        const filtered = { ...language, ...query }
        await ask(`streak ${JSON.stringify(filtered)}`, analytics.streak(filtered))
      }
    }
  },
  async trend(analytics, ask) {
    for (const query of [{}, { days: 3_660 }, { days: 700, today: TODAY, language: 'ja' }]) {
      await ask(`trend ${JSON.stringify(query)}`, analytics.trend(query))
    }
  },
  async hours(analytics, ask) {
    for (const language of LANGUAGES) await ask(`hours ${JSON.stringify(language)}`, analytics.hours(language))
  },
  async calendar(analytics, ask) {
    for (const query of [{}, SOME_DAYS, { today: TODAY, language: 'ja' }]) {
      await ask(`calendar ${JSON.stringify(query)}`, analytics.calendar(query))
    }
  },
  async rows(analytics, ask) {
    for (const name of READ_MODELS) {
      const projection = `${name}@1`
      await ask(`rows of ${name}`, analytics.rows({ projection, limit: 10_000 }))
      for (const measure of MEASURE_NAMES) {
        const order = { orderBy: [{ column: measure, descending: true }], limit: PAGE }
        await ask(`rows of ${name} by ${measure}`, analytics.rows({ projection, ...order }))
      }
      const sums = { groupBy: ['language'], orderBy: [{ column: 'language', descending: true }] }
      await ask(`rows of ${name} by language`, analytics.rows({ projection, ...sums }))
      await ask(`rows of ${name} in all`, analytics.rows({ projection, groupBy: [] }))
    }
  },
}

/** The answer as JSON, by query and its arguments. */
export async function answersOf(analytics: Analytics): Promise<Readonly<Record<string, string>>> {
  const answers: Record<string, string> = {}
  const ask: Ask = async (query, answer) => {
    const given = await answer
    answers[query] = JSON.stringify(given)
    return given
  }
  for (const askInEachForm of Object.values(QUERIES)) await askInEachForm(analytics, ask)
  return answers
}

async function pages(
  name: string,
  ask: Ask,
  pageOf: (page: { readonly limit: number; readonly cursor?: string }) => Promise<Paged>,
): Promise<void> {
  let cursor: string | null = null
  for (let number = 1; number === 1 || cursor !== null; number++) {
    const page: { readonly limit: number; readonly cursor?: string } =
      cursor === null ? { limit: PAGE } : { limit: PAGE, cursor }
    cursor = (await ask(`${name}, page ${number}`, pageOf(page))).nextCursor
  }
}

async function sessionIds(analytics: Analytics): Promise<readonly string[]> {
  return (await analytics.sessions({ limit: 500 })).sessions.map(({ sessionId }) => sessionId)
}
