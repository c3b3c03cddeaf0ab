// A text feed, and `immersion track feed` that records it in a folder of its own, for the tests of this folder.

import * as fs from 'node:fs'
import type { AddressInfo } from 'node:net'
import * as os from 'node:os'
import * as path from 'node:path'
import { type WebSocket, WebSocketServer } from 'ws'
import { type RunningCommand, startImmersion } from '../support/immersion-command.js'
import { until } from '../support/until.js'

export interface TrackedFeed {
  readonly folder: string
  readonly tracking: RunningCommand
  /** The feed's side of the connection. */
  readonly client: WebSocket
}

export async function withTrackedFeed(title: string, work: (feed: TrackedFeed) => Promise<void>): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-e2e-'))
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  const tracking = startImmersion(folder, ['track', 'feed', '--url', url, '--title', title])
  try {
    const client = await until('the command connects', () => [...server.clients][0])
    await work({ folder, tracking, client })
  } finally {
    tracking.process.kill('SIGKILL')
    await tracking.exited
    for (const client of server.clients) client.terminate()
    await new Promise((resolve) => server.close(resolve))
    fs.rmSync(folder, { recursive: true })
  }
}
