// What belongs to a profile and is stored with it: settings on which its rows depend, and what retention has noted.

/** How long what is kept; 0 keeps for ever. Defaults: BACKEND_DEFAULTS.retention. */
export interface RetentionWindows {
  /** Events that are neither facts nor telemetry, by the moment at which they happened. */
  readonly detailMs: number
  /** Heartbeats, and the sums of detail that was shed. */
  readonly telemetryMs: number
  /** Rows of read models that are cut by day (`daily`). */
  readonly dailyDays: number
  /** Rows of read models that are cut by month (`monthly`). */
  readonly monthlyMonths: number
}

/** What the latest run of retention has noted. */
export interface Retained {
  readonly atMs: number
  /** Local day of the latest run that did more than note a clock that jumped; null before it. */
  readonly localDay: number | null
  /** The first local day (days since 1970-01-01) and month (YYYYMM) of which rows exist; null: of all. */
  readonly rowsFrom: { readonly day: number | null; readonly month: number | null }
  /** When space was last given back to the file system; 0 for never. */
  readonly vacuumedAtMs: number
}

/**
 * Settings that change rows, and what retention has noted: they belong to the profile and are stored with it, as JSON that
 * no adapter looks into. src/ledger/settings.ts is what reads them.
 */
export interface ProfileSettings {
  /** 0–12, default 4: the hour of the learner's clock at which a local day begins. */
  readonly dayStartsAtHour: number
  /** Windows that are not the defaults. */
  readonly retention?: Partial<RetentionWindows>
  /** Absent before the first run. */
  readonly retained?: Retained
}

/** Of a profile: what its rows depend on. */
export interface Settings {
  /** 0–12, default 4. */
  readonly dayStartsAtHour: number
  readonly retention: RetentionWindows
}

/** What is left out stays as it is. */
export interface SettingsChange {
  readonly dayStartsAtHour?: number
  readonly retention?: Partial<RetentionWindows>
}
