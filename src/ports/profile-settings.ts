// What belongs to a profile and is stored with it: settings on which its rows depend, and what retention has noted.

/** How long records are kept; 0 keeps them forever. The defaults are those of BACKEND_DEFAULTS.retention. */
export interface RetentionWindows {
  /** Milliseconds for events that are neither facts nor telemetry, by the moment at which they happened. Default 7 days. */
  readonly detailMs: number
  /** Milliseconds for heartbeats, and for the sums of detail that was shed. Default 30 days. */
  readonly telemetryMs: number
  /** Days for rows of read models by day (`daily`). Default 365. */
  readonly dailyDays: number
  /** Months for rows of read models by month (`monthly`). Default 60. */
  readonly monthlyMonths: number
}

/** What the latest run of retention noted. */
export interface Retained {
  /** When it ran, epoch milliseconds. */
  readonly atMs: number
  /** Local day of the latest run that did more than note a clock that jumped; null before it. */
  readonly localDay: number | null
  /** The first local day (days since 1970-01-01) and month (YYYYMM) of which rows exist; null: of all. */
  readonly rowsFrom: { readonly day: number | null; readonly month: number | null }
  /** When space was last given back to the file system, epoch milliseconds; 0 for never. */
  readonly vacuumedAtMs: number
}

/** Settings that change rows, and what retention has noted: stored with the profile. */
export interface ProfileSettings extends Pick<Settings, 'dayStartsAtHour' | 'damaged'> {
  /** Windows that are not the defaults. */
  readonly retention?: Partial<RetentionWindows>
  /** Absent before the first run. */
  readonly retained?: Retained
  /** Of a spool: the server's database for which it was made, as a URL without user and password. */
  readonly spoolOf?: string
}

/** The settings of a profile on which its rows depend. */
export interface Settings {
  /** Hour of the learner's clock at which a local day begins, 0–12. Default 4. */
  readonly dayStartsAtHour: number
  /** How long records are kept, complete with defaults. */
  readonly retention: RetentionWindows
  /** What is wrong with stored settings. Such a setting counts as its default, and retention deletes nothing. Absent: nothing. */
  readonly damaged?: readonly string[]
}

/** The stored settings of a profile when it is opened. */
export type OpenedSettings = Settings & Pick<ProfileSettings, 'spoolOf'>

/** Settings to change; a setting that is left out stays as it is. */
export interface SettingsChange extends Partial<Pick<Settings, 'dayStartsAtHour'>> {
  /** Windows to change. A wider window brings rows back. */
  readonly retention?: Partial<RetentionWindows>
}
