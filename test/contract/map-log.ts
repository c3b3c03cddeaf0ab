// A backend of another author: one file over Maps, which uses only the exports of the package. map-log.test.ts runs the
// contract against it, and broken-logs.ts breaks it. `storage.name` names a log within the thread.

import { ImmersionError, MEASURE_NAMES, type MeasureName, type RowQuery } from 'immersion-log'
import type {
  EventLog,
  EventLogAdapter,
  EventLogOptions,
  EventRow,
  Head,
  LogSnapshot,
  LogWrites,
  ReadModelRow,
  RowTable,
  StreamRow,
  VideoRow,
} from 'immersion-log/adapter'

type Value = string | number
type Sums = ReadonlyMap<string, ReadModelRow>

/** Immutable: a write makes a new one, so a read keeps its moment. */
interface Content {
  readonly head: Head
  readonly streams: ReadonlyMap<number, StreamRow>
  readonly events: readonly EventRow[]
  /** By projection id; the ledger's sums are under LEDGER. */
  readonly sums: ReadonlyMap<string, Sums>
  readonly videos: ReadonlyMap<string, VideoRow>
}

interface Profile {
  content: Content
  /** Resolves when every earlier write has ended. */
  lastTurn: Promise<unknown>
}

const LEDGER = 'ledger'
const LOGS = new Map<string, Map<string, Profile>>()

export const adapter: EventLogAdapter = {
  sharedBetweenThreads: false,
  openEventLog: async (options) => new MapLog(options),
  planMigrations: async () => ({ schemaVersion: 1, latestVersion: 1, steps: [], tables: [] }),
}

export function forgetMapLog(name: string): void {
  LOGS.delete(name)
}

class MapLog implements EventLog {
  readonly #name: string
  readonly #tables: readonly RowTable[]
  readonly #readOnly: boolean
  readonly #profiles: Map<string, Profile>
  /** The profiles as this opening has them; a deleted one stays here. */
  readonly #opened = new Map<string, Profile>()
  readonly #writing = new Set<Promise<unknown>>()
  #isClosed = false

  constructor({ storage, tables, readOnly }: EventLogOptions) {
    this.#name = String(storage.name)
    this.#tables = tables
    this.#readOnly = readOnly
    this.#profiles = LOGS.get(this.#name) ?? new Map()
    LOGS.set(this.#name, this.#profiles)
  }

  async profiles() {
    this.#requireOpen()
    return [...this.#profiles.keys()].sort(compareBytes)
  }

  async openProfile(name: string, settings: Head['settings']) {
    this.#requireOpen()
    if (!this.#profiles.has(name)) {
      this.#requireWritable()
      const head = { revision: 0, position: 0, streamCount: 0, settings, projections: [] }
      const content = { head, streams: new Map(), events: [], sums: new Map(), videos: new Map() }
      this.#profiles.set(name, { content, lastTurn: Promise.resolve() })
    }
    const profile = this.#profiles.get(name) as Profile
    this.#opened.set(name, profile)
    return profile.content.head
  }

  async read<T>(name: string, work: (snapshot: LogSnapshot) => Promise<T>) {
    this.#requireOpen()
    return this.#snapshotFor(this.#profileOf(name), work)
  }

  async commit(name: string, writes: LogWrites) {
    this.#requireWritable()
    return this.#inTurn(name, async (profile) => {
      if (profile.content.head.revision + 1 !== writes.head.revision) return 'stale'
      profile.content = contentAfter(profile.content, writes, this.#tables)
      return 'committed'
    })
  }

  async update<T>(
    name: string,
    work: (snapshot: LogSnapshot) => Promise<{ readonly writes: LogWrites | null; readonly answer: T }>,
  ): Promise<T> {
    this.#requireWritable()
    return this.#inTurn(name, async (profile) => {
      const { writes, answer } = await this.#snapshotFor(profile, work)
      if (writes === null) return answer
      if (profile.content.head.revision + 1 !== writes.head.revision) throw contradiction('the revision')
      profile.content = contentAfter(profile.content, writes, this.#tables)
      return answer
    })
  }

  async deleteProfile(name: string) {
    this.#requireWritable()
    const profile = this.#profiles.get(name)
    if (profile === undefined) return false
    this.#opened.set(name, profile)
    return this.#inTurn(name, async () => this.#profiles.delete(name))
  }

  async stats() {
    this.#requireOpen()
    const sizes = { totalBytes: 0, freeBytes: 0, profiles: this.#profiles.size }
    return { provider: 'map', versions: {}, schemaVersion: 1, location: `map:${this.#name}`, ...sizes }
  }

  async close() {
    this.#isClosed = true
    await Promise.all(this.#writing)
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new ImmersionError('STORE_CLOSED', 'The log is closed.')
  }

  #requireWritable(): void {
    this.#requireOpen()
    if (this.#readOnly) throw new ImmersionError('STORAGE_READ_ONLY', 'The log was opened for reading.')
  }

  /** An opening whose profile was deleted and created again is refused until it opens the new one. */
  #profileOf(name: string): Profile {
    const profile = this.#profiles.get(name)
    if (profile !== undefined && (this.#opened.get(name) ?? profile) === profile) return profile
    throw new ImmersionError('UNKNOWN_PROFILE', `There is no profile ${name}.`)
  }

  #snapshotFor<T>({ content }: Profile, work: (snapshot: LogSnapshot) => Promise<T>): Promise<T> {
    const { snapshot, end } = snapshotOf(content, this.#tables)
    return work(snapshot).finally(end)
  }

  #inTurn<T>(name: string, work: (profile: Profile) => Promise<T>): Promise<T> {
    const profile = this.#profileOf(name)
    const turn = profile.lastTurn.then(() => work(this.#profileOf(name)))
    const ended = turn.catch(() => {})
    profile.lastTurn = ended
    this.#writing.add(ended)
    ended.finally(() => this.#writing.delete(ended))
    return turn
  }
}

function contentAfter(before: Content, writes: LogWrites, tables: readonly RowTable[]): Content {
  for (const { projection } of writes.rows) columnsOf(tables, projection)
  checkWrites(before, writes)
  const removed = writes.removedPositions ?? []
  const kept = before.events.filter(({ position }) => !removed.some(([from, to]) => position >= from && position <= to))
  const sums = new Map(before.sums)
  const entries = writes.ledger.map(({ stream, quarter, utcOffsetMin, measures }) => {
    return { key: [stream, quarter, utcOffsetMin], measures }
  })
  for (const { projection, rows } of [...writes.rows, { projection: LEDGER, rows: entries }]) {
    sums.set(projection, added(sums.get(projection), rows))
  }
  const videos = new Map(before.videos)
  for (const row of writes.videos) videos.set(row.videoKey, row)
  for (const key of writes.removedVideoKeys ?? []) videos.delete(key)
  const streams = new Map([...before.streams, ...writes.streams.map((row) => [row.stream, row] as const)])
  return { head: writes.head, streams, events: [...kept, ...writes.events], sums, videos }
}

function checkWrites({ head, streams }: Content, writes: LogWrites): void {
  const numbers = new Map([...streams.values()].map(({ streamId, stream }) => [streamId, stream]))
  for (const { streamId, stream } of writes.streams) {
    const isOther = (numbers.get(streamId) ?? stream) !== stream
    if (isOther || stream > writes.head.streamCount) throw contradiction(`the number of ${streamId}`)
  }
  for (const [index, event] of writes.events.entries()) {
    if (event.position !== head.position + index + 1) throw contradiction(`the position ${event.position}`)
    if (Object.values(event).every((value) => typeof value !== 'number' || Number.isSafeInteger(value))) continue
    const streamId = [...writes.streams, ...streams.values()].find(({ stream }) => stream === event.stream)?.streamId
    const details = { streamId, version: event.version }
    throw new ImmersionError('EVENT_REFUSED', 'A number is not a safe integer.', { details })
  }
  if (writes.head.position !== head.position + writes.events.length) throw contradiction("the head's position")
  for (const [from, to] of writes.removedPositions ?? []) {
    if (from < 1 || from > to || to > head.position) throw contradiction(`the removal of ${from} to ${to}`)
  }
}

function contradiction(what: string): ImmersionError {
  return new ImmersionError('STORAGE_FAILED', `The writes contradict the log: ${what}.`)
}

function added(before: Sums = new Map(), rows: Iterable<ReadModelRow>): Sums {
  const after = new Map(before)
  for (const { key, measures } of rows) {
    const name = JSON.stringify(key)
    const held = after.get(name)?.measures
    const sum = measures.map((value, index) => value + (held?.[index] ?? 0))
    if (sum.some((value) => value !== 0)) after.set(name, { key, measures: sum })
    else after.delete(name)
  }
  return after
}

function snapshotOf({ head, streams, events, sums, videos }: Content, tables: readonly RowTable[]) {
  let isOver = false
  async function answer<T>(make: () => T): Promise<T> {
    if (isOver) throw new ImmersionError('INVALID_ARGUMENT', 'The read is over.')
    return make()
  }
  function end(): void {
    isOver = true
  }
  function isSelected<T>(list: readonly T[] | undefined, value: T): boolean {
    return list?.includes(value) ?? true
  }
  const snapshot: LogSnapshot = {
    head: () => answer(() => head),
    streams: (query) =>
      answer(() =>
        [...streams.values()]
          .filter(({ stream }) => isSelected(query.streams, stream) && stream > (query.after ?? 0))
          .filter(({ streamId }) => isSelected(query.streamIds, streamId))
          .filter(({ kind }) => query.kind === undefined || kind === query.kind)
          .filter(({ videoKey }) => query.videoKey === undefined || videoKey === query.videoKey)
          .sort((left, right) => left.stream - right.stream)
          .slice(0, query.limit),
      ),
    events: ({ after, through = head.position, stream, limit }) =>
      answer(() =>
        events
          .filter(({ position }) => position > after && position <= through)
          .filter((event) => stream === undefined || event.stream === stream)
          .slice(0, limit),
      ),
    ledger: (query) =>
      answer(() =>
        [...(sums.get(LEDGER)?.values() ?? [])]
          .sort((left, right) => compareKeys(left.key, right.key))
          .map(({ key, measures }) => {
            const [stream, quarter, utcOffsetMin] = key as readonly [number, number, number]
            return { stream, quarter, utcOffsetMin, measures }
          })
          .filter(({ stream }) => isSelected(query.streams, stream)),
      ),
    rows: (query) => answer(() => rowsOf(sums.get(query.projection), columnsOf(tables, query.projection), query)),
    videos: ({ videoKeys }) =>
      answer(() =>
        [...videos.values()]
          .filter(({ videoKey }) => isSelected(videoKeys, videoKey))
          .sort((left, right) => compareBytes(left.videoKey, right.videoKey)),
      ),
  }
  return { snapshot, end }
}

function columnsOf(tables: readonly RowTable[], projection: string): readonly string[] {
  const table = tables.find(({ name, version }) => `${name}@${version}` === projection)
  if (table !== undefined) return [...table.key.map(({ name }) => name), 'language']
  throw new ImmersionError('UNKNOWN_PROJECTION', `The log was opened without ${projection}.`)
}

function rowsOf(rows: Sums = new Map(), columns: readonly string[], query: RowQuery): readonly ReadModelRow[] {
  const { equals = {}, range, groupBy = columns, orderBy = [], after, limit, measures } = query
  const valueIn = ({ key }: ReadModelRow, column: string) => key[placeIn(columns, column)] as Value
  const matching = [...rows.values()]
    .filter((row) => Object.entries(equals).every(([column, value]) => valueIn(row, column) === value))
    .filter((row) => range?.from === undefined || Number(valueIn(row, range.column)) >= range.from)
    .filter((row) => range?.to === undefined || Number(valueIn(row, range.column)) < range.to)
  const groups = new Map<string, ReadModelRow>()
  if (groupBy.length === 0) groups.set('[]', { key: [], measures: MEASURE_NAMES.map(() => 0) })
  for (const row of matching) {
    const key = groupBy.map((column) => valueIn(row, column))
    const held = groups.get(JSON.stringify(key))?.measures
    const sum = row.measures.map((value, index) => value + (held?.[index] ?? 0))
    groups.set(JSON.stringify(key), { key, measures: sum })
  }
  const rest = groupBy.filter((name) => !orderBy.some(({ column }) => column === name))
  const terms = [...orderBy, ...rest.map((column) => ({ column, descending: false }))]
  const signs = terms.map(({ descending }) => (descending === true ? -1 : 1))
  const orderOf = (row: ReadModelRow) =>
    terms.map(({ column }) => {
      const measure = MEASURE_NAMES.indexOf(column as MeasureName)
      return measure >= 0 ? (row.measures[measure] as number) : (row.key[placeIn(groupBy, column)] as Value)
    })
  if (after !== undefined && after.length !== terms.length) {
    throw new ImmersionError('INVALID_ARGUMENT', `after has ${after.length} values, not ${terms.length}.`)
  }
  return [...groups.values()]
    .sort((left, right) => compareKeys(orderOf(left), orderOf(right), signs))
    .filter((row) => after === undefined || compareKeys(orderOf(row), after, signs) > 0)
    .slice(0, limit)
    .map(({ key, measures: all }) => {
      const isSelectedMeasure = (index: number) => measures?.includes(MEASURE_NAMES[index] as MeasureName) ?? true
      return { key, measures: all.map((value, index) => (isSelectedMeasure(index) ? value : 0)) }
    })
}

function placeIn(columns: readonly string[], column: string): number {
  const place = columns.indexOf(column)
  if (place >= 0) return place
  throw new ImmersionError('INVALID_ARGUMENT', `${column} is none of ${columns.join(', ')}.`)
}

function compareKeys(left: readonly Value[], right: readonly Value[], signs: readonly number[] = []): number {
  for (const [index, value] of left.entries()) {
    const other = right[index] as Value
    const order = typeof value === 'number' ? value - Number(other) : compareBytes(value, String(other))
    if (order !== 0) return order * (signs[index] ?? 1)
  }
  return 0
}

function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}
