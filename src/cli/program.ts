// The tree of commands, one line each. What a command does is in the file that it is named for.

import { Command } from 'commander'
import { addBackupCommands } from './backup.js'
import { addConfigCommand } from './config-command.js'
import { addCorrectionCommands } from './corrections.js'
import { addDemoCommand } from './demo.js'
import { addDoctorCommand } from './doctor.js'
import { addMaintenanceCommands } from './maintenance.js'
import { addMigrateCommand } from './migrate.js'
import { addProfilesCommand } from './profiles.js'
import { addReplicateCommands } from './replicate.js'
import { addRetainCommand } from './retain.js'
import { addStatsCommand } from './stats.js'
import { addTrackCommands } from './track.js'
import { addTransferCommands } from './transfer.js'

export function createProgram(version: string): Command {
  const program = new Command('immersion')
    .description('Records what you watch and read in the language you learn, and says how long, how much, how fast.')
    .version(version)
    .option(
      '--db <url>',
      'where the log is: a path, or the URL of a server (default: IMMERSION_DB, config, or the data folder)',
    )
    .option('--profile <name>', 'whose log (default: "default")')
    .option(
      '--tz <zone>',
      "IANA time zone that decides what today is and how times are printed (default: the system's)",
    )
    .option('--config <file>', 'configuration file (default: immersion-log/config.json in the config folder)')
    .option('--json', 'answer as JSON')
    .option('--no-color', 'no colours (also: NO_COLOR)')
    .showHelpAfterError('(immersion --help shows what there is)')
    .exitOverride()
  addStatsCommand(program)
  addTrackCommands(program)
  addCorrectionCommands(program)
  addTransferCommands(program)
  addMaintenanceCommands(program)
  addRetainCommand(program)
  addReplicateCommands(program)
  addProfilesCommand(program)
  addMigrateCommand(program)
  addBackupCommands(program)
  addConfigCommand(program)
  addDoctorCommand(program)
  addDemoCommand(program)
  return program
}
