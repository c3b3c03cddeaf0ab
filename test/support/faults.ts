// A log that fails by a script: it wraps the reference log, and is the mock of the adapter contract. Tests use it directly, or
// through the worker by the module URL of test/fixtures/faulty.ts. The first fault of the script that applies to a call
// decides its outcome. A call to which no fault applies goes through.

import { existsSync } from 'node:fs'
import { MemoryLog, type SharedLog } from '../../adapters/memory/log.js'
import { refusedEvent } from '../../adapters/port/refusals.js'
import { type ErrorCode, ImmersionError } from '../../src/events/errors.js'
import type { EventLog, EventLogOptions, LogWrites } from '../../src/ports/event-log.js'

export interface Fault {
  /**
   * `throw`: fails with `code` before anything happens. `foreign`: throws something else than an ImmersionError. `hang`:
   * does not answer while the fault lasts. `half-write`: fails with `code` after `rows` rows of the commit. `lost-answer`: commits,
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
  /** The number of calls that pass before it begins. Default 0. */
  readonly afterCalls?: number
  /** The number of calls that it strikes. Default: all. */
  readonly times?: number
  /** It lasts only while this file exists. */
  readonly whileFile?: string
}

export type FaultyCall = 'profiles' | 'openProfile' | 'read' | 'commit' | 'update' | 'deleteProfile' | 'stats'

/** A hanging call looks this often whether its file is gone. */
const HANG_POLL_MS = 10

export class FaultyLog implements EventLog {
  readonly #script: readonly Fault[]
  /** By fault: the number of calls so far that it applied to. */
  readonly #calls: number[]
  readonly #inner: EventLog
  #rowsLeft = Number.POSITIVE_INFINITY
  #halfWrite: ImmersionError | null = null

  constructor(options: EventLogOptions, log: SharedLog, script: readonly Fault[]) {
    this.#script = script
    this.#calls = script.map(() => 0)
    this.#inner = new MemoryLog(options, log, () => {
      if (this.#halfWrite !== null && this.#rowsLeft-- <= 0) throw this.#halfWrite
    })
  }

  profiles: EventLog['profiles'] = () => this.#through('profiles', () => this.#inner.profiles())

  openProfile: EventLog['openProfile'] = (profile, settings) =>
    this.#through('openProfile', () => this.#inner.openProfile(profile, settings))

  read: EventLog['read'] = (profile, work) => this.#through('read', () => this.#inner.read(profile, work))

  commit: EventLog['commit'] = (profile, writes) =>
    this.#through('commit', () => this.#inner.commit(profile, writes), writes)

  update: EventLog['update'] = (profile, work) =>
    this.#through('update', () =>
      this.#inner.update(profile, async (snapshot) => {
        const result = await work(snapshot)
        const refusal = result.writes ? standingRefusal(this.#script, result.writes) : null
        if (refusal && result.writes) throw refusalOf(refusal, result.writes)
        return result
      }),
    )

  deleteProfile: EventLog['deleteProfile'] = (profile) =>
    this.#through('deleteProfile', () => this.#inner.deleteProfile(profile))

  stats: EventLog['stats'] = () => this.#through('stats', () => this.#inner.stats())

  close: EventLog['close'] = () => this.#inner.close()

  async #through<T>(call: FaultyCall, run: () => Promise<T>, writes?: LogWrites): Promise<T> {
    const fault = this.#faultOf(call, writes ? payloadsOf(writes) : '')
    return fault ? this.#strike(fault, run, writes) : run()
  }

  #faultOf(call: FaultyCall, payloads: string): Fault | null {
    let found: Fault | null = null
    for (const [index, fault] of this.#script.entries()) {
      if (!(fault.calls ?? ['commit', 'update']).includes(call)) continue
      if (fault.whileFile !== undefined && !existsSync(fault.whileFile)) continue
      if (fault.kind === 'refuse-event' && !payloads.includes(fault.payloadHas ?? '')) continue
      const before = this.#calls[index] as number
      const from = fault.afterCalls ?? 0
      this.#calls[index] = before + 1
      if (!found && before >= from && before < from + (fault.times ?? Number.POSITIVE_INFINITY)) found = fault
    }
    return found
  }

  async #strike<T>(fault: Fault, run: () => Promise<T>, writes?: LogWrites): Promise<T> {
    switch (fault.kind) {
      case 'throw':
        throw errorOf(fault)
      case 'foreign':
        throw Object.assign(new TypeError('Cannot read properties of null'), { code: fault.code ?? 'ENOENT' })
      case 'hang':
        await untilHealed(fault)
        return run()
      case 'half-write':
        return this.#runHalf(fault, run)
      case 'lost-answer':
        await run()
        throw errorOf(fault)
      // The types rule out the two answers below. A broken adapter gives them all the same.
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

  async #runHalf<T>(fault: Fault, run: () => Promise<T>): Promise<T> {
    this.#rowsLeft = fault.rows ?? 1
    this.#halfWrite = errorOf(fault)
    try {
      return await run()
    } finally {
      this.#halfWrite = null
    }
  }
}

/** The writes of an update are known only when its work is done, so its refusals are decided then. */
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
  // Not checked, because a script may name a code that does not exist.
  const code = (fault.code ?? 'STORAGE_FAILED') as ErrorCode
  return new ImmersionError(code, `A fault was scripted: ${fault.kind}.`, { details: { scripted: true } })
}

function refusalOf(fault: Fault, writes: LogWrites | undefined): ImmersionError {
  const event = writes?.events.find(({ payload }) => (payload ?? '').includes(fault.payloadHas ?? ''))
  return event && writes ? refusedEvent(event, writes, 'the script refuses it') : errorOf(fault)
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
