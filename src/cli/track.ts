// `immersion track`: watches a player and records. One file per player; what they have in common is in track-run.ts.

import type { Command } from 'commander'
import { addTrackFeedCommand } from './track-feed.js'
import { addTrackMpvCommand } from './track-mpv.js'

export function addTrackCommands(program: Command): void {
  const track = program.command('track').description('watch a player and record, until Ctrl-C')
  addTrackMpvCommand(track)
  addTrackFeedCommand(track)
}
