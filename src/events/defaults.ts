// The numbers of the backend contract. Each is a default of configuration and is asserted by the contract suite.

import { DAY_MS, HOUR_MS, MINUTE_MS } from './time-units.js'

/** The defaults of the backend contract, each with its unit in its name. */
export const BACKEND_DEFAULTS = {
  /** A batch is sent at this many events, or this long after its first one. */
  batchMaxEvents: 25,
  flushIntervalMs: 500,
  /** A backlog is drained in batches of at most this many. */
  backlogBatchMaxEvents: 1000,
  /** Events waiting and being written, together. Facts have a second cap of the same size. */
  queueMaxEvents: 1000,
  /** Payload text in UTF-8, after encoding; facts are rare and may be larger. */
  payloadMaxBytes: 256,
  factPayloadMaxBytes: 8192,
  videoKeyMaxBytes: 512,
  overflowPolicy: 'summarize',
  heartbeatIntervalMs: 15_000,
  /** The most that a gap between two counts of time may count. */
  gapMaxMs: MINUTE_MS,
  /** Without a sign of the learner for this long, nothing counts. */
  idleAfterMs: HOUR_MS,
  /** A session of which nothing came for this long is `silent`. */
  silentAfterMs: 300_000,
  dayStartsAtHour: 4,
  /** 0 keeps forever. */
  retention: {
    detailMs: 7 * DAY_MS,
    telemetryMs: 30 * DAY_MS,
    dailyDays: 365,
    monthlyMonths: 60,
    runEveryMs: DAY_MS,
    vacuumEveryMs: 7 * DAY_MS,
  },
} as const

/** The latest hour at which a local day may begin. */
export const DAY_START_LATEST = 12

/** The longest windows that may be configured. */
export const WINDOW_LIMITS = {
  detailMs: Number.MAX_SAFE_INTEGER,
  telemetryMs: Number.MAX_SAFE_INTEGER,
  dailyDays: 100_000,
  monthlyMonths: 10_000,
} as const

export type OverflowPolicy = 'summarize' | 'drop-oldest' | 'drop-newest'
