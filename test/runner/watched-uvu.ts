// The `uvu` that test files import when the test command runs them: the same functions, with a record of every suite, whether
// it ran, whether a test was marked `.only`, and the errors of its hooks. Used by test/runner/run-file.ts.

import { createRequire } from 'node:module'

type Handler = (context: never) => Promise<void> | void
type Hook = ((handler: Handler) => void) & { each(handler: Handler): void }
interface UvuSuite {
  (name: string, handler: Handler): void
  only(name: string, handler: Handler): void
  skip(name?: string, handler?: Handler): void
  before: Hook
  after: Hook
  run(): unknown
}

// uvu reads these when it is loaded. It must not start by itself, and it must use this queue.
const queue: unknown[] = []
Object.assign(globalThis, { UVU_DEFER: 1, UVU_INDEX: 0, UVU_QUEUE: [queue] })
const uvu = createRequire(import.meta.url)('uvu') as { suite(name?: string, context?: object): UvuSuite }

interface Watched {
  readonly name: string
  /** Tests registered since the last run(). */
  waiting: number
  ran: boolean
  only: boolean
}
const watched: Watched[] = []

export const hookErrors: string[] = []
export const suites = {
  queue,
  /** The number of tests that passed. */
  completed: 0,
  skips: [] as string[],
  problems(): readonly string[] {
    return watched.flatMap(({ name, waiting, ran, only }) => [
      ...(waiting > 0 || !ran ? [`suite "${name}" has no .run() after its last test`] : []),
      ...(only ? [`suite "${name}" has a test marked .only`] : []),
    ])
  },
}

export function suite(name = '', context: object = {}): UvuSuite {
  const record: Watched = { name, waiting: 0, ran: false, only: false }
  watched.push(record)
  return watch(uvu.suite(name, context), record)
}

const unnamed: Watched = { name: '', waiting: 0, ran: true, only: false }
watched.push(unnamed)
export const test = watch(uvu.suite(), unnamed)

function watch(inner: UvuSuite, record: Watched): UvuSuite {
  const counted = (handler: Handler): Handler => {
    return async (context) => {
      try {
        await handler(context)
      } catch (error) {
        throw printable(error)
      }
      suites.completed++
    }
  }
  const outer = (name: string, handler: Handler) => {
    record.waiting++
    inner(name, counted(handler))
  }
  return Object.assign(outer, {
    only(name: string, handler: Handler) {
      record.only = true
      record.waiting++
      inner.only(name, counted(handler))
    },
    skip(name?: string) {
      record.waiting++
      suites.skips.push(`${record.name}: ${name ?? 'a test without a name'}`)
      inner.skip()
    },
    before: watchHook(inner.before, `before of suite "${record.name}"`),
    after: watchHook(inner.after, `after of suite "${record.name}"`),
    run() {
      record.ran = true
      record.waiting = 0
      return inner.run()
    },
  })
}

/** uvu expects text in `details`. It throws while it prints an ImmersionError, and then reports nothing at all. */
function printable(error: unknown): unknown {
  if (!(error instanceof Error)) return new Error(`something else than an Error was thrown: ${String(error)}`)
  if (!('details' in error) || typeof error.details === 'string') return error
  const shown = new Error(`${error.message} ${JSON.stringify(error.details)}`)
  if (error.stack !== undefined) shown.stack = error.stack
  return shown
}

function watchHook(inner: Hook, name: string): Hook {
  const outer = (handler: Handler) => inner(reported(handler, name))
  return Object.assign(outer, { each: (handler: Handler) => inner.each(reported(handler, `${name}, each`)) })
}

function reported(handler: Handler, name: string): Handler {
  return async (context) => {
    try {
      await handler(context)
    } catch (error) {
      hookErrors.push(`${name} threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      throw error
    }
  }
}
