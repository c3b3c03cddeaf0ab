// `immersion doctor`: where everything is, in which versions and how large, and whether it is sound. One part that fails
// does not stop the others, because people run this when something fails. It ends with exit code 1 when anything is wrong.

import { spawnSync } from 'node:child_process'
import { existsSync, statfsSync } from 'node:fs'
import { dirname, isAbsolute } from 'node:path'
import { type ErrorShape, ImmersionError } from '../events/errors.js'
import type { LogStats } from '../ports/event-log.js'
import type { VerifyReport } from '../ports/report-types.js'
import { type Context, type ContextCommand, withStore } from './context.js'
import { verifyLines } from './maintain.js'
import { EXIT_FAILED, type Lines, printAnswer } from './output.js'
import * as say from './wording.js'

/** A log of this size is verified in a few seconds. A larger one is verified only with --full. */
const VERIFY_MAX_BYTES = 200_000_000
/** With less free space, the events of the next days may not fit. */
const FREE_DISK_MIN_BYTES = 100_000_000
const NOT_VERIFIED = 'The log is large, so its events were not checked. `immersion doctor --full` checks them.'

export function addDoctorCommand(program: ContextCommand): void {
  program
    .command('doctor')
    .description('check the program, the configuration and the log')
    .option('--full', 'check every event, however large the log is')
    .run(async (context, { full }: { readonly full?: boolean }) => {
      const findings = await examine(context, program.version() ?? '', full === true)
      printAnswer(context, findings, findingLines)
      if (findings.problems.length > 0 || findings.verify?.ok === false) process.exitCode = EXIT_FAILED
    })
}

async function examine(context: Context, version: string, full: boolean) {
  const problems: ErrorShape[] = []
  const findings = await examineLog(context, full, problems)
  /** Null where the log is not on a disk of this machine. */
  const diskFreeBytes = findings.log === null ? null : freeBytesAt(findings.log.location)
  if (diskFreeBytes !== null && diskFreeBytes < FREE_DISK_MIN_BYTES) {
    problems.push({
      code: 'STORAGE_FULL',
      message: `only ${say.size(diskFreeBytes)} are free on the disk of the log`,
      hint: 'Free some space, or move the log with --db.',
      details: {},
    })
  }
  return {
    program: { version, node: process.version, platform: `${process.platform} ${process.arch}`, mpv: mpvVersion() },
    config: { path: context.configPath, exists: existsSync(context.configPath) },
    timeZone: context.timeZone,
    profile: context.storeConfig.profile ?? 'default',
    ...findings,
    diskFreeBytes,
    problems,
  }
}

type Findings = Awaited<ReturnType<typeof examine>>

/** Keeps what was found before a part failed, and adds the failure to `problems`. Null is what was not looked at. */
async function examineLog(context: Context, full: boolean, problems: ErrorShape[]) {
  const found: { log: LogStats | null; profiles: readonly string[]; verify: VerifyReport | null } = {
    log: null,
    profiles: [],
    verify: null,
  }
  try {
    await withStore(context, async ({ maintenance, diagnostics }) => {
      found.log = await maintenance.stats()
      found.profiles = await maintenance.profiles()
      const { lastError } = diagnostics.snapshot()
      if (lastError !== null) problems.push(lastError)
      if (full || found.log.totalBytes <= VERIFY_MAX_BYTES) found.verify = await maintenance.verify()
    })
  } catch (error) {
    problems.push(ImmersionError.from(error).toJSON())
  }
  return found
}

function findingLines(found: Findings): Lines {
  const { program, config, log, verify } = found
  return [
    `immersion ${program.version}, Node ${program.node}, ${program.platform}`,
    `mpv        ${program.mpv ?? 'not found on the path'}`,
    `config     ${config.path}${config.exists ? '' : ' (no such file: the defaults apply)'}`,
    `time zone  ${found.timeZone}`,
    ...(log === null ? [] : logLines(found, log)),
    ...found.problems.flatMap(({ code, message, hint }) => [
      `✗ ${message} (${code})`,
      ...(hint === '' ? [] : [`  ${hint}`]),
    ]),
    ...(log === null ? [] : verify === null ? [NOT_VERIFIED] : verifyLines(verify)),
  ]
}

function logLines({ diskFreeBytes, profiles, profile }: Findings, log: LogStats): Lines {
  const versions = Object.entries(log.versions).map(([name, version]) => `${name} ${version}`)
  const sizes = [
    say.size(log.totalBytes),
    ...(diskFreeBytes === null
      ? []
      : [`${say.size(log.freeBytes)} of it unused`, `${say.size(diskFreeBytes)} free on the disk`]),
  ]
  return [
    `log        ${log.location}`,
    `           ${[log.provider, ...versions, `schema ${log.schemaVersion}`].join(', ')}`,
    `           ${sizes.join(', ')}`,
    `profiles   ${profiles.map((name) => (name === profile ? `${name} (this one)` : name)).join(', ')}`,
  ]
}

/** Null where the log is on a server or in memory. */
function freeBytesAt(location: string): number | null {
  if (!isAbsolute(location)) return null
  try {
    const { bavail, bsize } = statfsSync(dirname(location))
    return bavail * bsize
  } catch {
    // The folder is gone, or the system does not say.
    return null
  }
}

function mpvVersion(): string | null {
  const { status, stdout } = spawnSync('mpv', ['--version'], { encoding: 'utf8', timeout: 5000 })
  return status === 0 ? (stdout.split('\n')[0] ?? null) : null
}
