// What the cases of the port work with: an open log, one profile of it, and the checks that many cases make. Every query is a
// read of its own.

import assert from 'node:assert/strict'
import type { ErrorCode } from '../../events/errors.js'
import type { EventLog, Head, LogSnapshot, LogWrites, ReadModelRow, RowQuery } from '../../ports/event-log.js'
import {
  type Capability,
  type ContractPart,
  committed,
  contentIn,
  type OpenLog,
  type PlanLog,
  type PortCase,
  PROFILE,
  refusedAll,
  SETTINGS,
  someOfEverything,
  withLog,
  writesAfter,
} from './contract-case.js'

/** A query of `daily@1`. */
export type DaysQuery = Omit<RowQuery, 'projection'>

/** Cases of one part by their names. Each works on one open log with the profile `default`, and needs these capabilities. */
export function onLog(
  part: ContractPart,
  needs: readonly Capability[],
  cases: Readonly<Record<string, (log: CaseLog) => Promise<void>>>,
): readonly PortCase[] {
  return Object.entries(cases).map(([name, work]) => ({
    part,
    name,
    needs,
    run: (open, plan) =>
      withLog(open, async (port) => {
        const log = new CaseLog(port, open, plan)
        await log.openProfile()
        await work(log)
      }),
  }))
}

/** One profile of an open log. */
export class CaseLog {
  constructor(
    readonly port: EventLog,
    readonly open: OpenLog,
    readonly plan: PlanLog,
    readonly profile: string = PROFILE,
  ) {}

  read<T>(work: (snapshot: LogSnapshot) => Promise<T>): Promise<T> {
    return this.port.read(this.profile, work)
  }

  commit(writes: LogWrites): Promise<'committed' | 'stale'> {
    return this.port.commit(this.profile, writes)
  }

  update<T>(work: Parameters<typeof this.port.update<T>>[1]): Promise<T> {
    return this.port.update(this.profile, work)
  }

  /** Creates the profile where it does not exist. */
  openProfile(): Promise<Head> {
    return this.port.openProfile(this.profile, SETTINGS)
  }

  readonly head = () => this.read((snapshot) => snapshot.head())
  readonly streams: LogSnapshot['streams'] = (query) => this.read((snapshot) => snapshot.streams(query))
  readonly events: LogSnapshot['events'] = (query) => this.read((snapshot) => snapshot.events(query))
  readonly ledger: LogSnapshot['ledger'] = (query) => this.read((snapshot) => snapshot.ledger(query))
  readonly rows: LogSnapshot['rows'] = (query) => this.read((snapshot) => snapshot.rows(query))
  readonly days = (query: DaysQuery = {}) => this.rows({ projection: 'daily@1', ...query })
  readonly videos: LogSnapshot['videos'] = (query) => this.read((snapshot) => snapshot.videos(query))
  /** Everything that the profile holds, of one moment. */
  readonly content = () => this.read(contentIn)

  /** Commits after the newest head, and resolves to the next one. */
  async write(parts: Partial<LogWrites>): Promise<Head> {
    return committed(this.port, writesAfter(await this.head(), parts), this.profile)
  }

  /** Commits a row of every table after the newest head, `times` times. */
  async fill(times = 1): Promise<Head> {
    const head = await committed(this.port, someOfEverything(await this.head()), this.profile)
    return times === 1 ? head : this.fill(times - 1)
  }

  /** Neither a commit nor an update may accept the writes. */
  refuses(writes: LogWrites, code: ErrorCode): Promise<void> {
    const update = () => this.update(async () => ({ writes, answer: 1 }))
    return refusedAll(code, () => this.commit(writes), update)
  }

  /** Fails where `work` changes anything in the profile. */
  async unchanged(work: () => Promise<unknown>): Promise<void> {
    const before = await this.content()
    await work()
    assert.deepEqual(await this.content(), before)
  }

  /** Opens the same log once more, for as long as `work` takes. */
  again<T>(work: (other: CaseLog) => Promise<T>, options?: Parameters<OpenLog>[0]): Promise<T> {
    return withLog(this.open, (port) => work(new CaseLog(port, this.open, this.plan, this.profile)), options)
  }

  /** Another profile, through the same opening. It is created where it does not exist. */
  async other(profile: string): Promise<CaseLog> {
    const other = new CaseLog(this.port, this.open, this.plan, profile)
    await other.openProfile()
    return other
  }
}

/** Writes of rows of `daily@1`. */
export function dailyWrites(...rows: readonly ReadModelRow[]): Pick<LogWrites, 'rows'> {
  return { rows: [{ projection: 'daily@1', rows }] }
}

/** Each query must have the answer beside it. */
export async function assertAnswers<Query, Answer>(
  ask: (query: Query) => Promise<Answer>,
  expected: readonly (readonly [query: Query, answer: NoInfer<Answer>])[],
): Promise<void> {
  for (const [query, answer] of expected) assert.deepEqual([query, await ask(query)], [query, answer])
}

/** Reads page after page, each after the last row of the one before, until one is empty or there are more than `max` rows. */
export async function pagesOf<Row, Cursor>(
  page: (after: Cursor | undefined) => Promise<readonly Row[]>,
  cursorOf: (last: Row) => Cursor,
  max: number,
): Promise<readonly Row[]> {
  const seen: Row[] = []
  for (let after: Cursor | undefined; ; ) {
    const rows = await page(after)
    seen.push(...rows)
    const last = rows.at(-1)
    if (last === undefined || seen.length > max) return seen
    after = cursorOf(last)
  }
}

export function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}
