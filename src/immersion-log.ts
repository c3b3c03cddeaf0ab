// The public entry point of the package: everything that a program which embeds immersion-log imports. `immersion-log/projection`
// and `immersion-log/adapter` are the entry points for modules that add a projection or a database.

export type { Clock } from './events/clock.js'
export { BACKEND_DEFAULTS, type OverflowPolicy } from './events/defaults.js'
export { type CauseShape, type ErrorCode, type ErrorShape, ImmersionError } from './events/errors.js'
export { MEASURE_NAMES, type MeasureName, type Measures, type SparseMeasures } from './events/measures.js'
export type * from './events/types.js'
export { locationOf, videoKeyOf } from './players/location.js'
export type * from './ports/analytics-types.js'
export type {
  Adjustment,
  CorrectionAnswer,
  Corrections,
  ListedCorrection,
  VideoAdjustment,
  VideoNames,
} from './ports/correction-types.js'
export type * from './ports/diagnostics-types.js'
export type { LogStats, MigrationPlan, ReadModelRow, RowQuery } from './ports/event-log.js'
export type * from './ports/profile-settings.js'
export { defineProjection, type Projection } from './ports/projection.js'
export type * from './ports/replica-types.js'
export type * from './ports/report-types.js'
export type * from './ports/store-types.js'
export type * from './ports/tracker-types.js'
export type { StorageConfig, StoreConfig } from './store/config.js'
export {
  type BackupAnswer,
  backUp,
  deleteProfile,
  listProfiles,
  migrate,
  planMigrations,
  type RestoreAnswer,
  restoreBackup,
} from './store/database.js'
export { openImmersionTrackingStore } from './store/open-store.js'
export {
  compareLogs,
  copyLog,
  exportRecords,
  type ImportOptions,
  importRecords,
  mergeLog,
  type ReplicationAnswer,
  type ReplicationOptions,
} from './store/replication.js'
