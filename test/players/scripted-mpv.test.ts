// What a real mpv does only when it is attached to at one unlucky moment: played by a script.

import * as fs from 'node:fs'
import * as net from 'node:net'
import * as os from 'node:os'
import * as path from 'node:path'
import * as readline from 'node:readline'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { followMpv } from '../../src/players/mpv/mpv.js'
import { recordingTracker } from '../support/recording-tracker.js'
import { until } from '../support/until.js'

const test = suite('mpv by a script')

const PLAYING: Readonly<Record<string, unknown>> = {
  path: '/a.mkv',
  'working-directory': '/',
  'time-pos': 0.5,
  pause: false,
  'eof-reached': false,
  speed: 1,
}

/** Answers the first requests, and reports the file that it opened meanwhile when a property is requested again. */
function answerThenTell(socket: net.Socket): void {
  const requested = new Set<string>()
  let reported = false
  readline.createInterface({ input: socket }).on('line', (line) => {
    const { command, request_id } = JSON.parse(line) as { command: [string, string]; request_id?: number }
    const [word, property] = command
    if (word !== 'get_property') return
    if (requested.has(property) && !reported) {
      reported = true
      socket.write('{"event":"start-file"}\n{"event":"file-loaded"}\n')
    }
    requested.add(property)
    const data = PLAYING[property]
    const answer = data === undefined ? { error: 'property unavailable' } : { error: 'success', data }
    socket.write(`${JSON.stringify({ ...answer, request_id })}\n`)
  })
}

test('an mpv that opens its file between two answers is one session', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-scripted-'))
  const socketPath = path.join(folder, 'socket')
  const server = net.createServer(answerThenTell)
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  const tracker = recordingTracker()
  const stopping = new AbortController()
  const following = followMpv({ socketPath, tracker, signal: stopping.signal, reconnect: false })
  try {
    await until('its position is known', () => (tracker.sessions.at(-1)?.positionsMs.length ?? 0) > 0)
    assert.equal(
      tracker.sessions.map((session) => session.ended()),
      [undefined],
    )
  } finally {
    stopping.abort()
    await following
    await new Promise((resolve) => server.close(resolve))
    fs.rmSync(folder, { recursive: true })
  }
})

test.run()
