// The program `immersion` and the list of its commands, in the order and under the headings of its help. A new command is
// a function of a file here and a line below.

import { addConfigCommand } from './config.js'
import { ContextCommand } from './context.js'
import { addCorrectionCommands } from './corrections.js'
import { addBackupCommands, addDatabaseCommands } from './database.js'
import { addDemoCommand } from './demo.js'
import { addDoctorCommand } from './doctor.js'
import { addExplainCommand } from './explain.js'
import { addExportCommand } from './export.js'
import { addImportCommand } from './import.js'
import { addMaintainCommands } from './maintain.js'
import { addReplicateCommands } from './replicate.js'
import { addStatsCommand } from './stats.js'
import { addTrackCommands } from './track.js'

const COMMANDS: Readonly<Record<string, readonly ((program: ContextCommand) => void)[]>> = {
  'Record and read:': [addTrackCommands, addStatsCommand, addDemoCommand],
  'Correct:': [addCorrectionCommands],
  'Exchange:': [addExportCommand, addImportCommand, addReplicateCommands, addBackupCommands],
  'Maintain:': [addDoctorCommand, addExplainCommand, addMaintainCommands, addDatabaseCommands, addConfigCommand],
}

export function createProgram(version: string): ContextCommand {
  const program = new ContextCommand('immersion')
    .description(
      'Records what you watch and read in the language you learn, and shows how long, how much and how fast.',
    )
    .version(version, '-V, --version', 'print the version')
    .option('--db <url>', 'the log: a path, or the URL of a server (default: IMMERSION_DB, config, or the data folder)')
    .option('--profile <name>', 'the learner\'s profile (default: "default")')
    .option('--tz <zone>', "IANA time zone for today's date and for printed times (default: the system's)")
    .option('--config <file>', 'configuration file (default: immersion-log/config.json in the config folder)')
    .option('--json', 'print the answer as JSON')
    .option('--no-color', 'print without colours (also: NO_COLOR)')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print the help of a command')
    .showHelpAfterError('(`immersion --help` lists the commands and options)')
    .exitOverride()
  for (const [heading, commands] of Object.entries(COMMANDS)) {
    program.commandsGroup(heading)
    for (const add of commands) add(program)
  }
  return program
}
