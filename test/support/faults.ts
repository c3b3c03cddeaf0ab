// A failing log, as asked: wraps the reference log and follows a script of faults. It is the mock of the adapter contract;
// tests use it directly, or through the worker by the module URL of test/fixtures/faulty.ts. The first fault of the
// script that applies to a call decides it; a call to which none applies goes through.

import { existsSync } from 'node:fs'
import { MemoryLog, type SharedLog } from '../../adapters/memory/log.js'
import { refusedEvent } from '../../adapters/port/refusals.js'
import { type ErrorCode, ImmersionError } from '../../src/events/errors.js'
import type { EventLog, EventLogOptions, LogWrites } from '../../src/ports/event-log.js'

export interface Fault {
  /**
   * `throw`: with `code`, before anything happens. `foreign`: throws what is no ImmersionError. `hang`: does not answer
   * while the fault stands. `half-write`: fails with `code` after `rows` rows of the commit. `lost-answer`: commits,
   * then fails with `code`. `stale`: answers `stale` and writes nothing. `nonsense`: answers undefined.
   * `refuse-event`: EVENT_REFUSED for a batch with an event whose payload has the text `payloadHas`.
   * `exit`: ends the thread, as a crash of the driver does.
   */
  readonly kind:
    | 'throw'
    | 'foreign'
    | 'hang'
    | 'half-write'
    | 'lost-answer'
    | 'stale'
    | 'nonsense'
    | 'refuse-event'
    | 'exit'
  /** Calls of the port to which it applies. Default: commit and update. */
  readonly calls?: readonly FaultyCall[]
  /** Default STORAGE_FAILED. May be any text, to see what an unknown code does. */
  readonly code?: string
  readonly rows?: number
  readonly payloadHas?: string
  /** So many calls pass before it begins. Default 0. */
  readonly afterCalls?: number
  /** It strikes so many calls, then is healed. Default: for ever. */
  readonly times?: number
  /** It stands only while this file exists. */
  readonly whileFile?: string
}

export type FaultyCall = 'profiles' | 'openProfile' | 'read' | 'commit' | 'update' | 'deleteProfile' | 'stats'

/** How often a hanging call looks whether its file is gone. */
const HANG_POLL_MS = 10

export function openFaultyLog(options: EventLogOptions, log: SharedLog, script: readonly Fault[]): EventLog {
  const calls = script.map(() => 0)
  let rowsLeft = Number.POSITIVE_INFINITY
  let halfWrite: ImmersionError | null = null
  const inner = new MemoryLog(options, log, () => {
    if (halfWrite && rowsLeft-- <= 0) throw halfWrite
  })

  function faultOf(call: FaultyCall, payloads: string): Fault | null {
    let found: Fault | null = null
    for (const [index, fault] of script.entries()) {
      if (!(fault.calls ?? ['commit', 'update']).includes(call)) continue
      if (fault.whileFile !== undefined && !existsSync(fault.whileFile)) continue
      if (fault.kind === 'refuse-event' && !payloads.includes(fault.payloadHas ?? '')) continue
      const before = calls[index] as number
      const from = fault.afterCalls ?? 0
      calls[index] = before + 1
      if (!found && before >= from && before < from + (fault.times ?? Number.POSITIVE_INFINITY)) found = fault
    }
    return found
  }

  async function through<T>(call: FaultyCall, run: () => Promise<T>, writes?: LogWrites): Promise<T> {
    const fault = faultOf(call, writes ? payloadsOf(writes) : '')
    return fault ? strike(fault, run, writes) : run()
  }

  async function strike<T>(fault: Fault, run: () => Promise<T>, writes?: LogWrites): Promise<T> {
    switch (fault.kind) {
      case 'throw':
        throw errorOf(fault)
      case 'foreign':
        throw Object.assign(new TypeError('Cannot read properties of null'), { code: fault.code ?? 'ENOENT' })
      case 'hang':
        await untilHealed(fault)
        return run()
      case 'half-write':
        return runHalf(fault, run)
      case 'lost-answer':
        await run()
        throw errorOf(fault)
      // The wrong answers below are what a broken adapter gives, which the types rule out.
      case 'stale':
        return 'stale' as T
      case 'nonsense':
        return undefined as T
      case 'refuse-event':
        throw refusalOf(fault, writes)
      case 'exit':
        return process.exit(1)
    }
  }

  async function runHalf<T>(fault: Fault, run: () => Promise<T>): Promise<T> {
    rowsLeft = fault.rows ?? 1
    halfWrite = errorOf(fault)
    try {
      return await run()
    } finally {
      halfWrite = null
    }
  }

  return {
    profiles: () => through('profiles', () => inner.profiles()),
    openProfile: (profile, settings) => through('openProfile', () => inner.openProfile(profile, settings)),
    read: (profile, work) => through('read', () => inner.read(profile, work)),
    commit: (profile, writes) => through('commit', () => inner.commit(profile, writes), writes),
    update: (profile, work) =>
      through('update', () =>
        inner.update(profile, async (snapshot) => {
          const result = await work(snapshot)
          const refusal = result.writes ? standingRefusal(script, result.writes) : null
          if (refusal && result.writes) throw refusalOf(refusal, result.writes)
          return result
        }),
      ),
    deleteProfile: (profile) => through('deleteProfile', () => inner.deleteProfile(profile)),
    stats: () => through('stats', () => inner.stats()),
    close: () => inner.close(),
  }
}

/** In an update the writes are known only when its work is done, so a refusal is looked for there as well. */
function standingRefusal(script: readonly Fault[], writes: LogWrites): Fault | null {
  const payloads = payloadsOf(writes)
  const standing = script.filter(({ kind, whileFile }) => {
    return kind === 'refuse-event' && (whileFile === undefined || existsSync(whileFile))
  })
  return standing.find(({ payloadHas = '' }) => payloads.includes(payloadHas)) ?? null
}

function payloadsOf(writes: LogWrites): string {
  return writes.events.map(({ payload }) => payload ?? '').join('\n')
}

function errorOf(fault: Fault): ImmersionError {
  // Checked by nobody on purpose: a script may ask for a code that does not exist.
  const code = (fault.code ?? 'STORAGE_FAILED') as ErrorCode
  return new ImmersionError(code, `A fault was scripted: ${fault.kind}.`, { details: { scripted: true } })
}

function refusalOf(fault: Fault, writes: LogWrites | undefined): ImmersionError {
  const event = writes?.events.find(({ payload }) => (payload ?? '').includes(fault.payloadHas ?? ''))
  return event && writes ? refusedEvent(event, writes, 'so the script says') : errorOf(fault)
}

function untilHealed(fault: Fault): Promise<void> {
  const file = fault.whileFile
  return new Promise((resolve) => {
    if (file === undefined) return
    const timer = setInterval(() => {
      if (existsSync(file)) return
      clearInterval(timer)
      resolve()
    }, HANG_POLL_MS)
  })
}
