// `immersion migrate`: brings the database's schema up to date, or says what that would change. Every command that writes
// migrates when it opens the log. This one lets the owner see the changes first, and choose the time.

import type { Command } from 'commander'
import type { MigrationPlan } from '../ports/event-log.js'
import { migrate, planMigrations } from '../store/database.js'
import { contextOf } from './context.js'
import { printAnswer } from './output.js'

interface Options {
  readonly dryRun?: boolean
  readonly statements?: boolean
}

export function addMigrateCommand(program: Command): void {
  const command = program
    .command('migrate')
    .description("bring the database's schema up to date")
    .option('--dry-run', 'change nothing; only say what would change')
    .option('--statements', 'print the SQL statements too')
  command.action(async ({ dryRun, statements }: Options) => {
    const context = contextOf(command)
    const plan = await planMigrations(context.storeConfig)
    const isDue = plan.steps.length + plan.tables.length > 0
    const isDone = isDue && dryRun !== true
    if (isDone) await migrate(context.storeConfig)
    printAnswer(context, { ...plan, done: isDone }, () => [
      ...(isDue ? planLines(plan, isDone) : [`Nothing to do: schema ${plan.schemaVersion} is the newest.`]),
      ...(statements === true ? statementsOf(plan) : []),
    ])
  })
}

function planLines(plan: MigrationPlan, isDone: boolean): readonly string[] {
  const { schemaVersion, latestVersion, steps, tables } = plan
  const missing = `${tables.length} ${tables.length === 1 ? 'table or index' : 'tables and indexes'} of read models`
  const from = schemaVersion === 0 ? 'a new database' : `schema ${schemaVersion}`
  return [
    ...(steps.length === 0
      ? [`Schema ${schemaVersion} is the newest.`]
      : [`${isDone ? 'Brought' : 'Would bring'} ${from} to schema ${latestVersion}.`]),
    ...(tables.length === 0 ? [] : [`${isDone ? 'Created' : 'Would create'} ${missing}.`]),
  ]
}

function statementsOf({ steps, tables }: MigrationPlan): readonly string[] {
  return [
    ...steps.flatMap(({ version, statements }) => [`-- step ${version}`, ...statements.map((text) => `${text};`)]),
    ...(tables.length === 0 ? [] : ['-- read models', ...tables.map((text) => `${text};`)]),
  ]
}
