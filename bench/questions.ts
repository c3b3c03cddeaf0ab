// Every question of analytics at its default limits, as benchmarks ask it: of the last day of the mix, of a session and a
// video in the middle of the year.

import type { Analytics } from '../src/ports/analytics-types.js'
import type { LogEngine } from '../src/ports/log-engine.js'
import { MIX_LAST_DAY, type MixSession, mixSessions } from './mix.js'

export const QUESTIONS = [
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
] as const

export type Question = (typeof QUESTIONS)[number]

export interface QuestionContext {
  readonly sessionId: string
  readonly startedAtMs: number
  readonly videoKey: string
  readonly today: number
}

export function contextOf(events: number): QuestionContext {
  const sessions = [...mixSessions({ events })]
  const { sessionId, startedAtMs, videoKey } = sessions[Math.floor(sessions.length / 2)] as MixSession
  return { sessionId, startedAtMs, videoKey, today: MIX_LAST_DAY }
}

export function askEngine(engine: LogEngine, question: Question, context: QuestionContext): Promise<unknown> {
  const [name, ...args] = callOf(question, context)
  return engine.analyze(name, ...(args as Parameters<Analytics[typeof name]>))
}

type Call = readonly [keyof Analytics, ...unknown[]]

function callOf(question: Question, { sessionId, videoKey, today }: QuestionContext): Call {
  switch (question) {
    case 'overview':
    case 'streak':
    case 'trend':
    case 'calendar':
      return [question, { today }]
    case 'session':
      return [question, sessionId]
    case 'timeline':
      return [question, { sessionId }]
    case 'video':
      return [question, videoKey]
    case 'sessions':
    case 'videos':
    case 'daily':
    case 'monthly':
    case 'hours':
      return [question]
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
