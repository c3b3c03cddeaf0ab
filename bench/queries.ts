// Every query of analytics at its default limits, as benchmarks ask it: of the last day of the mix, of a session and a
// video in the middle of the year.

import type { Analytics } from '../src/ports/analytics-types.js'
import type { LogEngine } from '../src/ports/log-engine.js'
import { MIX_LAST_DAY, type MixSession, mixSessions } from './mix.js'

export const QUERIES = [
  'overview',
  'sessions',
  'session',
  'timeline',
  'videos',
  'video',
  'daily',
  'monthly',
  'throughput by day',
  'throughput by session',
  'throughput by month',
  'throughput by video',
  'throughput by series',
  'streak',
  'trend',
  'hours',
  'calendar',
  'languages',
] as const

export type QueryName = (typeof QUERIES)[number]

export interface QueryContext {
  readonly sessionId: string
  readonly startedAtMs: number
  readonly videoKey: string
  readonly today: number
}

export function contextOf(events: number): QueryContext {
  const sessions = [...mixSessions({ events })]
  const { sessionId, startedAtMs, videoKey } = sessions[Math.floor(sessions.length / 2)] as MixSession
  return { sessionId, startedAtMs, videoKey, today: MIX_LAST_DAY }
}

export function queryEngine(engine: LogEngine, query: QueryName, context: QueryContext): Promise<unknown> {
  const [name, ...args] = callOf(query, context)
  return engine.analyze(name, ...(args as Parameters<Analytics[typeof name]>))
}

type Call = readonly [keyof Analytics, ...unknown[]]

function callOf(query: QueryName, { sessionId, videoKey, today }: QueryContext): Call {
  switch (query) {
    case 'overview':
    case 'streak':
    case 'trend':
    case 'calendar':
      return [query, { today }]
    case 'session':
      return [query, sessionId]
    case 'timeline':
      return [query, { sessionId }]
    case 'video':
      return [query, videoKey]
    case 'sessions':
    case 'videos':
    case 'daily':
    case 'monthly':
    case 'hours':
    case 'languages':
      return [query]
    case 'throughput by day':
      return ['throughput', { by: 'day' }]
    case 'throughput by session':
      return ['throughput', { by: 'session' }]
    case 'throughput by month':
      return ['throughput', { by: 'month' }]
    case 'throughput by video':
      return ['throughput', { by: 'video' }]
    case 'throughput by series':
      return ['throughput', { by: 'series' }]
  }
}
