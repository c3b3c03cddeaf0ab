// `immersion track feed`: records the lines that a text hooker, or a player's text page, sends over a WebSocket.

import type { Command } from 'commander'
import { ImmersionError } from '../events/errors.js'
import { followFeed } from '../players/feed/feed.js'
import { withoutUser } from '../players/location.js'
import { contextOf } from './context.js'
import { trackingLanguage, trackUntilStopped } from './track-run.js'

/** The address at which the usual text hookers listen. */
const DEFAULT_FEED_URL = 'ws://localhost:6677'

interface FeedOptions {
  readonly url?: string
  readonly title?: string
  readonly lang?: string
}

export function addTrackFeedCommand(track: Command): void {
  track
    .command('feed')
    .description('record the lines of a text feed (a text hooker, or the text page of a player)')
    .option(
      '--url <url>',
      `WebSocket that sends plain text, or JSON with a text or sentence (default: ${DEFAULT_FEED_URL})`,
    )
    .option('--title <title>', 'title of the text (default: the address)')
    .option('--lang <language>', 'language of the text (default: by the script of the first line)')
    .action(run)
}

async function run(options: FeedOptions, command: Command): Promise<void> {
  const context = contextOf(command)
  const settings = context.file.track ?? {}
  const url = checkedUrl(options.url ?? settings.feedUrl ?? DEFAULT_FEED_URL)
  const language = trackingLanguage(options.lang ?? settings.language)
  await trackUntilStopped(context, async (tracking) => {
    tracking.onNote(`Listening for text at ${withoutUser(url)}. Ctrl-C stops.`)
    await followFeed({ ...tracking, url, language, title: options.title })
  })
}

function checkedUrl(text: string): string {
  if (URL.canParse(text) && /^wss?:$/.test(new URL(text).protocol) && new URL(text).hash === '') return text
  throw new ImmersionError('INVALID_ARGUMENT', `the feed ${withoutUser(text)} is not a WebSocket address`, {
    hint: 'Write an address as ws://localhost:6677 or wss://host/path.',
  })
}
