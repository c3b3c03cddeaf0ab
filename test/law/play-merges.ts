// Plays a history of three logs: appends, prunes and merges by its steps, and then merges every log into every other until
// nothing is carried any more.

import { recordedForm } from '../../src/contract/law/play.js'
import { rowTableOf } from '../../src/engine/built-in-projections.js'
import { createLogEngine } from '../../src/engine/engine.js'
import { eventClass, type NewEvent } from '../../src/events/types.js'
import type { EventLog } from '../../src/ports/event-log.js'
import type { LogEngine } from '../../src/ports/log-engine.js'
import type { ReplicationReport } from '../../src/ports/replica-types.js'
import { replicate } from '../../src/replicate/replicate.js'
import type { Backend } from '../support/backends.js'
import { BUILT_IN_PROJECTIONS } from '../support/built-in-projections.js'
import { prune } from '../support/pruned-log.js'
import { LOG_COUNT, type MergeHistory, type MergeStep, WINDOWS } from './merge-histories.js'

/** Logs that still carry something after this many rounds will never agree. */
const ROUNDS_MAX = 6

export interface OpenedLog {
  readonly engine: LogEngine
  readonly log: EventLog
  /** Opens the same log again. */
  reopen: (
    tables: Parameters<Awaited<ReturnType<Backend['adapter']>>['openEventLog']>[0]['tables'],
  ) => Promise<EventLog>
}

/** An empty log on each backend, for as long as `work` takes. */
export async function withThreeLogs<T>(
  backends: readonly Backend[],
  { learner, dayStartsAtHour }: MergeHistory,
  work: (logs: readonly OpenedLog[], take: (step: MergeStep) => Promise<void>) => Promise<T>,
): Promise<T> {
  const opened: OpenedLog[] = []
  const clock = { nowMs: Date.UTC(2028, 0, 1), offsetMin: 0 }
  const undo: (() => Promise<unknown>)[] = []
  try {
    for (let index = 0; index < LOG_COUNT; index++) {
      const backend = backends[index % backends.length] as Backend
      const [adapter, fresh] = [await backend.adapter(), await backend.freshLog()]
      undo.unshift(() => fresh.remove())
      const reopen: OpenedLog['reopen'] = (tables) =>
        adapter.openEventLog({ storage: fresh.storage, tables, readOnly: false })
      const log = await reopen(BUILT_IN_PROJECTIONS.map(rowTableOf))
      undo.unshift(() => log.close())
      const engine = await createLogEngine({
        log,
        profile: learner.profile,
        settings: { dayStartsAtHour, retention: WINDOWS[index] as (typeof WINDOWS)[number] },
        projections: BUILT_IN_PROJECTIONS,
        clock: { nowMs: () => clock.nowMs, utcOffsetMin: () => clock.offsetMin },
      })
      opened.push({ engine, log, reopen })
    }
    const events = recordedForm(learner)
    return await work(opened, (step) => take(step, opened, events, learner.profile, clock))
  } finally {
    for (const one of undo) await one()
  }
}

async function take(
  step: MergeStep,
  logs: readonly OpenedLog[],
  events: readonly NewEvent[],
  profile: string,
  clock: { nowMs: number; offsetMin: number },
): Promise<void> {
  const { engine, log } = logs[step.kind === 'merge' ? step.into : step.log] as OpenedLog
  switch (step.kind) {
    case 'append':
      await engine.append(step.events.map((number) => events[number] as NewEvent))
      return
    case 'prune': {
      const facts = new Set(
        events.filter(({ streamId, type }) => streamId === step.streamId && eventClass(type) === 'fact').map(versionOf),
      )
      const versions = new Set(step.versions)
      await prune(log, profile, step.streamId, (version) => versions.has(version) && !facts.has(version))
      return
    }
    case 'retain': {
      const now = { ...clock }
      Object.assign(clock, { nowMs: step.nowMs, offsetMin: step.offsetMin })
      // A run after a jump of the clock only notes it, and the next one removes events.
      for (let runs = 0; runs < 2; runs++) await engine.retain({})
      Object.assign(clock, now)
      return
    }
    case 'rebuild':
      await engine.rebuild({})
      return
    case 'merge':
      await replicate((logs[step.from] as OpenedLog).engine, engine)
      return
  }
}

const streamIdOf = ({ streamId }: { readonly streamId: string }) => streamId
const versionOf = ({ version }: NewEvent) => version

/**
 * Merges all logs into all, until a round carries nothing. Resolves to the streams whose summaries could not be applied. Only
 * `conflicting` streams may be in conflict.
 */
export async function mergeAll(
  logs: readonly OpenedLog[],
  conflicting: readonly string[] = [],
): Promise<ReadonlySet<string>> {
  for (let round = 1; ; round++) {
    const reports: ReplicationReport[] = []
    for (const source of logs) {
      for (const target of logs) {
        if (source !== target) reports.push(await replicate(source.engine, target.engine))
      }
    }
    if (reports.every(({ events, summaries }) => events + summaries === 0)) {
      const differing = reports.flatMap((report) => [...report.differing, ...report.conflicts.map(streamIdOf)])
      const unexplained = differing.filter((streamId) => !conflicting.includes(streamId))
      if (unexplained.length > 0) throw new Error(`unexplained difference of ${unexplained.join(', ')}`)
      return overlapsOf(reports)
    }
    if (round === ROUNDS_MAX) throw new Error(`after ${round} rounds logs still carry something`)
  }
}

export function overlapsOf(reports: readonly ReplicationReport[]): ReadonlySet<string> {
  return new Set(reports.flatMap(({ overlaps }) => overlaps.map(({ streamId }) => streamId)))
}
