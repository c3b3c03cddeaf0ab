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

export interface CaseLogs {
  /** `storage` of the case's log of this name, which is empty at first and the same on each call. */
  storage(name: string): Promise<LogPlace['storage']>
  /** Opens that log. */
  open(name: string, options: Pick<EventLogOptions, 'tables'> & Partial<EventLogOptions>): Promise<EventLog>
  /** What opening that log for writing would change. */
  plan(name: string, tables: EventLogOptions['tables']): Promise<MigrationPlan>
  /** Closes it at the end of the case; closing twice does no harm. */
  closeLater(opened: { close(): Promise<void> }): void
  /** Fails the case with an error that no call of the case has seen. */
  failed(error: unknown): void
}

/** Runs `work`, closes and removes its logs, and throws every error of these steps. */
export async function withCaseLogs(backend: ContractBackend, work: (logs: CaseLogs) => Promise<void>): Promise<void> {
  const places = new Map<string, Promise<LogPlace>>()
  const opened: { close(): Promise<void> }[] = []
  const errors: unknown[] = []

  function placeOf(name: string): Promise<LogPlace> {
    const place = places.get(name) ?? Promise.resolve(backend.newLog())
    places.set(name, place)
    return place
  }

  async function optionsOf(name: string, options: Pick<EventLogOptions, 'tables'> & Partial<EventLogOptions>) {
    return { readOnly: false, ...options, storage: (await placeOf(name)).storage }
  }

  async function attempt(step: () => Promise<unknown> | unknown): Promise<void> {
    try {
      await step()
    } catch (error) {
      errors.push(error)
    }
  }

  const logs: CaseLogs = {
    storage: async (name) => (await placeOf(name)).storage,
    async open(name, options) {
      const log = await backend.adapter.openEventLog(await optionsOf(name, options))
      opened.push(log)
      return log
    },
    plan: async (name, tables) => backend.adapter.planMigrations(await optionsOf(name, { tables })),
    closeLater: (one) => void opened.push(one),
    failed: (error) => void errors.push(error),
  }

  await attempt(() => work(logs))
  for (const one of opened) await attempt(() => one.close())
  for (const place of places.values()) await attempt(async () => (await place).remove())
  if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join('; '), { cause: errors[0] })
  if (errors.length === 1) throw errors[0]
}
