// The logs of one case. The backend creates a log when the case first names it. All logs are closed and removed when the case
// ends, because a case that throws does not close its logs itself.

import type { EventLog, EventLogAdapter, EventLogOptions, MigrationPlan } from '../ports/event-log.js'

/** A place that can hold one log. */
export interface LogPlace {
  /** `storage` of EventLogOptions for this log, which is empty at first. */
  readonly storage: Readonly<Record<string, unknown>>
  /** Removes everything that is left of the log. It is called once, after every opening of the log was closed. */
  remove(): Promise<void> | void
}

/** A database behind the port EventLog. */
export interface ContractBackend {
  /** The adapter under test. */
  readonly adapter: EventLogAdapter
  /**
   * The value of `storage.provider` for this adapter: the URL of the module that exports it. Only the cases that need the
   * capability `worker` use it. Default: none.
   */
  readonly provider?: string
  /** Creates a place for another log on each call. */
  newLog(): Promise<LogPlace> | LogPlace
}

/** Runs `work`, closes and removes its logs, and throws every error of these steps. */
export async function withCaseLogs(backend: ContractBackend, work: (logs: CaseLogs) => Promise<void>): Promise<void> {
  const logs = new CaseLogs(backend)
  await logs.attempt(() => work(logs))
  await logs.end()
}

export class CaseLogs {
  readonly #places = new Map<string, Promise<LogPlace>>()
  readonly #opened: { close(): Promise<void> }[] = []
  readonly #errors: unknown[] = []

  constructor(readonly backend: ContractBackend) {}

  /** `storage` of the case's log of this name, which is empty at first and the same on each call. */
  async storage(name: string): Promise<LogPlace['storage']> {
    const place = this.#places.get(name) ?? Promise.resolve(this.backend.newLog())
    this.#places.set(name, place)
    return (await place).storage
  }

  /** Opens that log. */
  async open(name: string, options: Pick<EventLogOptions, 'tables'> & Partial<EventLogOptions>): Promise<EventLog> {
    const storage = await this.storage(name)
    return this.closeLater(await this.backend.adapter.openEventLog({ readOnly: false, ...options, storage }))
  }

  /** What opening that log for writing would change. */
  async plan(name: string, tables: EventLogOptions['tables']): Promise<MigrationPlan> {
    return this.backend.adapter.planMigrations({ readOnly: false, tables, storage: await this.storage(name) })
  }

  /** Closes it at the end of the case; closing twice does no harm. */
  closeLater<Opened extends { close(): Promise<void> }>(opened: Opened): Opened {
    this.#opened.push(opened)
    return opened
  }

  /** Fails the case with an error that no call of the case has seen. */
  failed(error: unknown): void {
    this.#errors.push(error)
  }

  async attempt(step: () => Promise<unknown> | unknown): Promise<void> {
    try {
      await step()
    } catch (error) {
      this.failed(error)
    }
  }

  async end(): Promise<void> {
    for (const one of this.#opened) await this.attempt(() => one.close())
    for (const place of this.#places.values()) await this.attempt(async () => (await place).remove())
    const [first, ...others] = this.#errors
    if (others.length > 0) throw new AggregateError(this.#errors, this.#errors.map(String).join('; '), { cause: first })
    if (this.#errors.length === 1) throw first
  }
}
