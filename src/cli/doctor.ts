// `immersion doctor`: where things are, in which versions, how large, and whether they are well. It goes on where one
// part fails, because that is when it is asked; it ends with 1 when anything is wrong.

import { spawnSync } from 'node:child_process'
import { existsSync, statfsSync } from 'node:fs'
import { dirname, isAbsolute } from 'node:path'
import type { Command } from 'commander'
import { type ErrorShape, ImmersionError } from '../events/errors.js'
import type { LogStats } from '../ports/event-log.js'
import type { VerifyReport } from '../ports/store-types.js'
import { type Context, contextOf, withStore } from './context.js'
import { EXIT_FAILED } from './exit.js'
import { verifyLines } from './maintenance.js'
import { printAnswer } from './output.js'
import * as say from './wording.js'

/** Up to so many bytes the doctor reads everything, a few seconds; --full does so whatever the size. */
const VERIFY_MAX_BYTES = 200_000_000
/** With less than this the next days' events may not fit. */
const FREE_DISK_MIN_BYTES = 100_000_000

interface Findings {
  readonly program: {
    readonly version: string
    readonly node: string
    readonly platform: string
    readonly mpv: string | null
  }
  readonly config: { readonly path: string; readonly exists: boolean }
  readonly timeZone: string
  readonly profile: string
  readonly log: LogStats | null
  readonly profiles: readonly string[]
  readonly diskFreeBytes: number | null
  readonly verify: VerifyReport | null
  readonly problems: readonly ErrorShape[]
}

export function addDoctorCommand(program: Command): void {
  const doctor = program
    .command('doctor')
    .description('where things are, in which versions, how large, and whether they are well')
    .option('--full', 'read and check everything, however large')
  doctor.action(async ({ full }: { readonly full?: boolean }) => {
    const context = contextOf(doctor)
    const findings = await examine(context, program.version() ?? '', full === true)
    printAnswer(context, findings, findingLines)
    if (findings.problems.length > 0 || findings.verify?.ok === false) process.exitCode = EXIT_FAILED
  })
}

async function examine(context: Context, version: string, full: boolean): Promise<Findings> {
  const problems: ErrorShape[] = []
  let log: LogStats | null = null
  let profiles: readonly string[] = []
  let verify: VerifyReport | null = null
  try {
    await withStore(context, async (store) => {
      log = await store.maintenance.stats()
      profiles = await store.maintenance.profiles()
      const before = store.diagnostics.snapshot()
      if (before.lastError !== null) problems.push(before.lastError)
      if (full || log.totalBytes <= VERIFY_MAX_BYTES) verify = await store.maintenance.verify()
    })
  } catch (error) {
    problems.push(ImmersionError.from(error).toJSON())
  }
  const diskFreeBytes = log === null ? null : freeBytesAt((log as LogStats).location)
  if (diskFreeBytes !== null && diskFreeBytes < FREE_DISK_MIN_BYTES) {
    problems.push({
      code: 'STORAGE_FULL',
      message: `only ${megabytes(diskFreeBytes)} are free on the disk of the log`,
      hint: 'Make room, or move the log with --db.',
      details: {},
    })
  }
  return {
    program: { version, node: process.version, platform: `${process.platform} ${process.arch}`, mpv: mpvVersion() },
    config: { path: context.configPath, exists: existsSync(context.configPath) },
    timeZone: context.timeZone,
    profile: context.storeConfig.profile ?? 'default',
    log,
    profiles,
    diskFreeBytes,
    verify,
    problems,
  }
}

function findingLines(found: Findings): readonly string[] {
  const { program, config, log } = found
  return [
    `immersion ${program.version}, Node ${program.node}, ${program.platform}`,
    `mpv        ${program.mpv ?? 'not found on the path'}`,
    `config     ${config.path}${config.exists ? '' : ' (none: defaults)'}`,
    `time zone  ${found.timeZone}`,
    ...(log === null ? [] : logLines(found, log)),
    ...found.problems.flatMap((one) => [
      `✗ ${one.message} (${one.code})`,
      ...(one.hint === '' ? [] : [`  ${one.hint}`]),
    ]),
    ...(found.verify === null
      ? log === null
        ? []
        : ['Not checked, because it is large: doctor --full, or immersion verify.']
      : verifyLines(found.verify)),
  ]
}

function logLines(found: Findings, log: LogStats): readonly string[] {
  const versions = Object.entries(log.versions).map(([name, version]) => `${name} ${version}`)
  return [
    `log        ${log.location}`,
    `           ${[log.provider, ...versions, `schema ${log.schemaVersion}`].join(', ')}`,
    `           ${megabytes(log.totalBytes)}${found.diskFreeBytes === null ? '' : `, of which ${megabytes(log.freeBytes)} free; ${megabytes(found.diskFreeBytes)} free on the disk`}`,
    `profiles   ${found.profiles.map((name) => (name === found.profile ? `${name} (this one)` : name)).join(', ')}`,
  ]
}

function megabytes(bytes: number): string {
  return bytes >= 10_000_000 ? `${say.number(bytes / 1e6)} MB` : `${(bytes / 1e6).toFixed(1)} MB`
}

/** Null where the log is not a file of this machine: on a server, or in memory. */
function freeBytesAt(location: string): number | null {
  if (!isAbsolute(location)) return null
  try {
    const { bavail, bsize } = statfsSync(dirname(location))
    return bavail * bsize
  } catch {
    // The folder is gone, or the system does not tell.
    return null
  }
}

function mpvVersion(): string | null {
  const { status, stdout } = spawnSync('mpv', ['--version'], { encoding: 'utf8', timeout: 5000 })
  return status === 0 ? (stdout.split('\n')[0] ?? null) : null
}
