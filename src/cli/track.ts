// `immersion track`: follows a player and records. Each player has a file; track-run.ts has what they share.

import type { Command } from 'commander'
import { addTrackFeedCommand } from './track-feed.js'
import { addTrackMpvCommand } from './track-mpv.js'

export function addTrackCommands(program: Command): void {
  const track = program.command('track').description('follow a player and record until Ctrl-C')
  addTrackMpvCommand(track)
  addTrackFeedCommand(track)
}
