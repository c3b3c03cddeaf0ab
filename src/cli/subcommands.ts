// The subcommand that runs when a command is given none, such as `stats overview` for `stats`.

import type { Command } from 'commander'

/** Without this check, a misspelt subcommand would be reported as an argument too many of the default one. */
export function addDefaultSubcommand(parent: Command, name: string): Command {
  return parent
    .command(name, { isDefault: true })
    .allowExcessArguments()
    .hook('preAction', (command) => {
      const [word] = command.args
      if (word !== undefined) command.error(`error: ${parent.name()} has no subcommand '${word}'`)
    })
}
