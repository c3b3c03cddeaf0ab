// What `immersion-log/contract` gives: everything that this package relies on in a database, as cases that any test runner
// can run against a backend of anybody's. docs/reference/adapters.md shows it with node:test and with uvu.
//
// A backend states in a manifest what it cannot do, with the reason. Each case that this leaves out still is in the list
// and says why; no other case is ever left out.

import { ImmersionError } from '../events/errors.js'
import { type CaseLogs, withCaseLogs } from './case-logs.js'
import { CAPABILITIES, type Capability, type ContractPart, TABLES } from './cases/contract-case.js'
import { defaultsCases } from './cases/defaults-cases.js'
import type { ContractEngine, EngineCase, OpenEngine } from './cases/engine-case.js'
import { engineCases } from './cases/engine-cases.js'
import { portCases } from './cases/port-cases.js'
import type { ContractBackend, LogPlace } from './contract-backend.js'
import { lawCases } from './law/law-cases.js'
import { openEngineInProcess, openEngineThroughWorker } from './open-engines.js'

export { CAPABILITIES, type Capability, type ContractBackend, type ContractPart, type LogPlace }

/** One thing that a backend cannot do: a capability, or one case as `part: name`, and why. */
export type Omission =
  | { readonly capability: Capability; readonly reason: string }
  | { readonly case: string; readonly reason: string }

export interface ContractManifest {
  readonly cannot?: readonly Omission[]
  /** Seeds of the generated histories. Default 1 to 10. Each is a case for one program and a case for two. */
  readonly lawSeeds?: readonly number[]
}

export interface ContractCase {
  readonly part: ContractPart
  /** A sentence of behaviour; with `part` it names the case, and no other has both. */
  readonly name: string
  /** The port itself, or the engine above it: in this process, or in a worker's thread. */
  readonly way: 'port' | 'in process' | 'through the worker'
  readonly needs: readonly Capability[]
  /** Why the manifest leaves it out, or null. Runners skip it with this reason; `run` runs it in any case. */
  readonly omitted: string | null
  /** Resolves where the backend keeps the contract, rejects where it does not. Makes logs of its own and removes them. */
  run(backend: ContractBackend): Promise<void>
}

const LAW_SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]

/** INVALID_ARGUMENT for a manifest that names what is not there, or gives no reason. */
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
  return [...engineCases, ...defaultsCases].flatMap((one): readonly AnyCase[] => [
    { ...engineCase(one, openEngineInProcess), way: 'in process' },
    {
      ...engineCase(one, openEngineThroughWorker),
      name: `${one.name}, through the worker`,
      way: 'through the worker',
      needs: one.needs.length > 0 ? ['worker', ...one.needs, 'threads'] : ['worker'],
    },
  ])
}

type EngineOpener = (
  backend: ContractBackend,
  logs: CaseLogs,
  ...args: Parameters<OpenEngine>
) => Promise<ContractEngine>

function engineCase({ part, name, needs, run }: EngineCase, open: EngineOpener) {
  return {
    part,
    name,
    needs,
    run: (backend: ContractBackend) => withCaseLogs(backend, (logs) => run((options) => open(backend, logs, options))),
  }
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
  return new ImmersionError('INVALID_ARGUMENT', `The manifest of the backend is not right: ${why}.`, {
    hint: 'Name a capability of CAPABILITIES, or a case as `part: name`, and say why the backend cannot do it.',
    details: { omission },
  })
}
