// `immersion profiles`: lists the profiles of a database, and deletes one for good after its name was typed.

import type { Command } from 'commander'
import { ImmersionError } from '../events/errors.js'
import { deleteProfile, listProfiles } from '../store/database.js'
import { confirmed, withYes, type YesOption } from './confirm.js'
import { contextOf } from './context.js'
import { printAnswer } from './output.js'
import { addDefaultSubcommand } from './subcommands.js'

export function addProfilesCommand(program: Command): void {
  const profiles = program.command('profiles').description('list the profiles, or delete one')

  const list = addDefaultSubcommand(profiles, 'list').description('list the names of the profiles (the default)')
  list.action(async () => {
    const context = contextOf(list)
    printAnswer(context, await listProfiles(context.storeConfig), (names) => names)
  })

  const remove = withYes(
    profiles.command('delete <name>').description('delete a profile and everything in it, for good'),
  )
  remove.action(async (name: string, options: YesOption) => {
    const context = contextOf(remove)
    const { storeConfig } = context
    refuseUnknown(name, await listProfiles(storeConfig))
    const warning = `Everything in the profile ${name} will be deleted for good, with the copies made before migrations.`
    await confirmed(options, { name, warning, word: name }, async () => {
      // Another process may have deleted it in the meantime.
      refuseUnknown(name, (await deleteProfile(storeConfig, name)) ? [name] : [])
      printAnswer(context, { deleted: name }, () => [`The profile ${name} is deleted.`])
    })
  })
}

function refuseUnknown(name: string, names: readonly string[]): void {
  if (names.includes(name)) return
  throw new ImmersionError('INVALID_ARGUMENT', `There is no profile ${JSON.stringify(name)}.`, {
    hint: names.length > 0 ? `The profiles are ${names.join(', ')}.` : 'There are no profiles.',
    details: { profile: name },
  })
}
