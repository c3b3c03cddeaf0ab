// `immersion profiles`: whose logs there are.

import type { Command } from 'commander'
import { contextOf, withStore } from './context.js'
import { printAnswer } from './output.js'

export function addProfilesCommand(program: Command): void {
  const profiles = program.command('profiles').description('whose logs there are')
  profiles.action(async () => {
    const context = contextOf(profiles)
    const names = await withStore(context, (store) => store.maintenance.profiles())
    printAnswer(context, names, (answer) => answer)
  })
}
