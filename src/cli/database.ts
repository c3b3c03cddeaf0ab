// Commands about a complete database. `immersion backup FILE` and `immersion restore FILE` write the log into one file while it
// is in use, and put it back. `immersion migrate` shows or brings the schema's changes; every command that writes migrates
// too, but here the owner chooses the time. `immersion profiles` lists the profiles, and deletes one for good.

import { ImmersionError } from '../events/errors.js'
import type { MigrationPlan } from '../ports/event-log.js'
import {
  backUp,
  deleteProfile,
  listProfiles,
  migrate,
  planMigrations,
  type RestoreAnswer,
  restoreBackup,
} from '../store/database.js'
import { addDefaultSubcommand, type Context, type ContextCommand } from './context.js'
import { isConfirmed, type Lines, printAnswer, YES_OPTION, type YesOption } from './output.js'
import * as say from './wording.js'

export function addBackupCommands(program: ContextCommand): void {
  program
    .command('backup <file>')
    .description('write the complete log into a new file, even while it is in use')
    .run(async (context, _options, file: string) =>
      printAnswer(context, await backUp(context.storeConfig, file), ({ bytes }) => [
        `Wrote ${file}: ${say.size(bytes)}.`,
      ]),
    )
  program
    .command('restore <file>')
    .description('check a backup and replace the log with it; the old log is kept under another name')
    .run(async (context, _options, file: string) =>
      printAnswer(context, await restoreBackup(context.storeConfig, file), restoreLines),
    )
}

function restoreLines({ file, profiles, events, keptAside }: RestoreAnswer): Lines {
  const names = profiles.length === 1 ? `the profile ${profiles[0]}` : say.counted(profiles.length, 'profile')
  return [
    `Restored ${file}: ${names} with ${say.counted(events, 'event')}, all verified.`,
    ...(keptAside === null ? [] : [`The log that was replaced is kept as ${keptAside}`]),
  ]
}

export function addDatabaseCommands(program: ContextCommand): void {
  program
    .command('migrate')
    .description("bring the database's schema up to date")
    .option('--dry-run', 'change nothing; only say what would change')
    .option('--statements', 'print the SQL statements too')
    .run(runMigrate)

  const profiles = program.command('profiles').description('list the profiles, or delete one')
  addDefaultSubcommand(profiles, 'list')
    .description('list the names of the profiles (the default)')
    .run(async (context) => printAnswer(context, await listProfiles(context.storeConfig), (names) => names))
  profiles
    .command('delete <name>')
    .description('delete a profile and everything in it, for good')
    .option(...YES_OPTION)
    .run(runDelete)
}

async function runMigrate(
  context: Context,
  { dryRun, statements }: Readonly<{ dryRun?: boolean; statements?: boolean }>,
): Promise<void> {
  const plan = await planMigrations(context.storeConfig)
  const isDue = plan.steps.length + plan.tables.length > 0
  const done = isDue && dryRun !== true
  if (done) await migrate(context.storeConfig)
  printAnswer(context, { ...plan, done }, () => [
    ...(isDue ? planLines(plan, done) : [`Nothing to do: schema ${plan.schemaVersion} is the newest.`]),
    ...(statements === true ? statementLines(plan) : []),
  ])
}

function planLines({ schemaVersion, latestVersion, steps, tables }: MigrationPlan, isDone: boolean): Lines {
  const missing = `${tables.length} ${tables.length === 1 ? 'table or index' : 'tables and indexes'} of read models`
  const from = schemaVersion === 0 ? 'a new database' : `schema ${schemaVersion}`
  return [
    steps.length === 0
      ? `Schema ${schemaVersion} is the newest.`
      : `${isDone ? 'Brought' : 'Would bring'} ${from} to schema ${latestVersion}.`,
    ...(tables.length === 0 ? [] : [`${isDone ? 'Created' : 'Would create'} ${missing}.`]),
  ]
}

function statementLines({ steps, tables }: MigrationPlan): Lines {
  return [
    ...steps.flatMap(({ version, statements }) => [`-- step ${version}`, ...statements.map((text) => `${text};`)]),
    ...(tables.length === 0 ? [] : ['-- read models', ...tables.map((text) => `${text};`)]),
  ]
}

async function runDelete(context: Context, options: YesOption, name: string): Promise<void> {
  const { storeConfig } = context
  refuseUnknown(name, await listProfiles(storeConfig))
  const warning = `Everything in the profile ${name} will be deleted for good, with the copies made before migrations.`
  if (!(await isConfirmed(options, { name, warning, word: name }))) return
  // Another process may have deleted it in the meantime.
  refuseUnknown(name, (await deleteProfile(storeConfig, name)) ? [name] : [])
  printAnswer(context, { deleted: name }, () => [`The profile ${name} is deleted.`])
}

function refuseUnknown(name: string, names: readonly string[]): void {
  if (names.includes(name)) return
  throw new ImmersionError('UNKNOWN_PROFILE', `There is no profile ${JSON.stringify(name)}.`, {
    hint: names.length > 0 ? `The profiles are ${names.join(', ')}.` : 'There are no profiles.',
    details: { profile: name },
  })
}
