// `immersion profiles`: whose logs there are, and deleting one. Deleting is for good, so it asks for the name first; where
// nobody can answer, only `--yes` does it.

import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { ImmersionError } from '../events/errors.js'
import { deleteProfile, listProfiles } from '../store/database.js'
import { contextOf } from './context.js'
import { EXIT_FAILED } from './exit.js'
import { note, printAnswer } from './output.js'

export function addProfilesCommand(program: Command): void {
  const profiles = program.command('profiles').description('whose logs there are')

  const list = profiles.command('list', { isDefault: true }).description('their names')
  list.action(async () => {
    const context = contextOf(list)
    printAnswer(context, await listProfiles(context.storeConfig), (names) => names)
  })

  const remove = profiles
    .command('delete <name>')
    .description('delete one with all that it holds, for good')
    .option('--yes', 'without asking')
  remove.action(async (name: string, { yes }: { readonly yes?: boolean }) => {
    const context = contextOf(remove)
    await refuseUnknown(name, () => listProfiles(context.storeConfig))
    if (yes !== true && !(await isMeant(name))) {
      note('Nothing was deleted.')
      process.exitCode = EXIT_FAILED
      return
    }
    await refuseUnknown(name, async () => ((await deleteProfile(context.storeConfig, name)) ? [name] : []))
    printAnswer(context, { deleted: name }, () => [`The profile ${name} is deleted.`])
  })
}

async function refuseUnknown(name: string, known: () => Promise<readonly string[]>): Promise<void> {
  const names = await known()
  if (names.includes(name)) return
  throw new ImmersionError('INVALID_ARGUMENT', `There is no profile ${JSON.stringify(name)}.`, {
    hint: names.length > 0 ? `There are ${names.join(', ')}.` : 'There is none.',
    details: { profile: name },
  })
}

/** The name and not a letter: it is typed by hand only where it is meant. */
async function isMeant(name: string): Promise<boolean> {
  if (process.stdin.isTTY !== true) {
    throw new ImmersionError('INVALID_ARGUMENT', 'Nobody can be asked here whether that is meant.', {
      hint: 'Give --yes to delete it all the same.',
      details: { profile: name },
    })
  }
  note(`All that the profile ${name} holds will be deleted for good, with copies from before a migration.`)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const cut = new AbortController()
  terminal.once('close', () => cut.abort())
  try {
    return (await terminal.question('Type its name to delete it: ', { signal: cut.signal })) === name
  } catch {
    // Ctrl-C or the end of the input: no answer is a no.
    return false
  } finally {
    terminal.close()
  }
}
