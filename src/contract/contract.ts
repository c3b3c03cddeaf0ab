// The public entry point `immersion-log/contract`: everything that this package expects of a database, as cases that any test
// runner can run against any backend. docs/reference/adapters.md shows it with node:test and with uvu.
//
// A backend declares in a manifest which capabilities it lacks, and why. Cases that need them stay in the list with that
// reason, and no other case is ever left out.

import { ImmersionError } from '../events/errors.js'
import { type CaseLogs, type ContractBackend, type LogPlace, withCaseLogs } from './case-logs.js'
import { CAPABILITIES, type Capability, type ContractPart, TABLES } from './cases/contract-case.js'
import { defaultsCases } from './cases/defaults-cases.js'
import type { EngineCase } from './cases/engine-case.js'
import * as engineEventCases from './cases/engine-event-cases.js'
import * as engineRollupCases from './cases/engine-rollup-cases.js'
import * as engineStoreCases from './cases/engine-store-cases.js'
import { portCases } from './cases/port-cases.js'
import { lawCases } from './law/law.js'
import { openEngineInProcess, openEngineThroughWorker } from './open-engines.js'

export { CAPABILITIES, type Capability, type ContractBackend, type ContractPart, type LogPlace }

/** A capability that a backend lacks, or one case (as `part: name`) that it cannot pass, with the reason. */
export type Omission =
  /** All cases that need the capability. The reason is a text that is not empty. */
  | { readonly capability: Capability; readonly reason: string }
  /** One case, as `part: name`. The reason is a text that is not empty. */
  | { readonly case: string; readonly reason: string }

/** The limits of a backend. */
export interface ContractManifest {
  /** The cases to leave out. Default: none. */
  readonly cannot?: readonly Omission[]
  /** Seeds of the generated histories, integers. Each seed makes a case for one program and one for two. Default: 1 to 10. */
  readonly lawSeeds?: readonly number[]
}

/** One test of a backend. */
export interface ContractCase {
  /** The part of the contract to which the case belongs. */
  readonly part: ContractPart
  /** A sentence that states behaviour. `part` and `name` together are unique. */
  readonly name: string
  /** What is called: the port, or the engine above it in this process or in a worker's thread. */
  readonly way: 'port' | 'in process' | 'through the worker'
  /** The capabilities without which the case cannot pass. */
  readonly needs: readonly Capability[]
  /** The manifest's reason to leave the case out, or null. A runner skips the case with this reason. */
  readonly omitted: string | null
  /**
   * Resolves where the backend keeps the contract, and rejects where it does not. It creates logs of its own and removes
   * them. It runs an omitted case too.
   */
  run(backend: ContractBackend): Promise<void>
}

const LAW_SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]

/** All cases. INVALID_ARGUMENT for a manifest that names an unknown capability or case, or gives no reason. */
export function contractCases(manifest: ContractManifest = {}): readonly ContractCase[] {
  const cases = [...portWays(), ...engineWays(), ...lawWays(manifest.lawSeeds ?? LAW_SEEDS)]
  const omissions = manifest.cannot ?? []
  for (const omission of omissions) checkOmission(omission, cases)
  return cases.map((one) => ({ ...one, omitted: reasonToOmit(one, omissions) }))
}

type AnyCase = Omit<ContractCase, 'omitted'>

function portWays(): readonly AnyCase[] {
  return portCases.map(({ run, ...one }) => ({
    ...one,
    way: 'port',
    run: onLogs((logs) =>
      run(
        (options) => logs.open('main', { tables: TABLES, ...options }),
        (tables = TABLES) => logs.plan('main', tables),
      ),
    ),
  }))
}

function engineWays(): readonly AnyCase[] {
  const files = [engineRollupCases, engineEventCases, engineStoreCases, { defaultsCases }]
  const cases: readonly EngineCase[] = files.flatMap((file) => Object.values(file).flat())
  return cases.flatMap(({ run, ...one }): readonly AnyCase[] => [
    {
      ...one,
      way: 'in process',
      run: onLogs((logs) => run((options = {}) => openEngineInProcess(logs, options))),
    },
    {
      ...one,
      name: `${one.name}, through the worker`,
      way: 'through the worker',
      needs: one.needs.length > 0 ? ['worker', ...one.needs, 'threads'] : ['worker'],
      run: onLogs((logs) => run((options = {}) => openEngineThroughWorker(logs, options))),
    },
  ])
}

function lawWays(seeds: readonly number[]): readonly AnyCase[] {
  return lawCases(seeds).map(({ run, ...one }) => ({ ...one, way: 'in process', run: onLogs(run) }))
}

function onLogs(run: (logs: CaseLogs) => Promise<void>): ContractCase['run'] {
  return (backend) => withCaseLogs(backend, run)
}

function reasonToOmit({ part, name, needs }: AnyCase, omissions: readonly Omission[]): string | null {
  const found = omissions.find((omission) =>
    'case' in omission ? omission.case === `${part}: ${name}` : needs.includes(omission.capability),
  )
  return found === undefined ? null : found.reason
}

function checkOmission(omission: Omission, cases: readonly AnyCase[]): void {
  const [what, isKnown] =
    'case' in omission
      ? [`the case ${omission.case}`, cases.some(({ part, name }) => omission.case === `${part}: ${name}`)]
      : [`the capability ${omission.capability}`, Object.hasOwn(CAPABILITIES, omission.capability)]
  if (!isKnown) throw manifestRefused(`${what} does not exist`, omission)
  if (omission.reason.trim() === '') throw manifestRefused(`${what} is left out without a reason`, omission)
}

function manifestRefused(why: string, omission: Omission): ImmersionError {
  return new ImmersionError('INVALID_ARGUMENT', `The manifest of the backend is wrong: ${why}.`, {
    hint: 'Name a capability of CAPABILITIES, or a case as `part: name`, and give the reason.',
    details: { omission },
  })
}
