// The connection to mpv, and what no real mpv can be made to send at will: bytes that are no UTF-8, an endless line, an
// answer that never comes, changes in an unlucky order.

import * as fs from 'node:fs'
import * as net from 'node:net'
import * as os from 'node:os'
import * as path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ImmersionError } from '../../src/events/errors.js'
import { followMpv } from '../../src/players/mpv/mpv.js'
import { connectMpv, type MpvConnection, type MpvEvent } from '../../src/players/mpv/mpv-ipc.js'
import { SubtitleCues } from '../../src/players/mpv/subtitle-cues.js'
import { createLineRepeats } from '../../src/tracker/line-repeats.js'
import { recordingTracker } from '../support/recording-tracker.js'
import { until } from '../support/until.js'

const test = suite('connection to mpv')

interface Peer {
  readonly connection: MpvConnection
  readonly events: readonly MpvEvent[]
  /** The requests, as text. */
  requested(): string
  say(bytes: string | Buffer): void
  hangUp(): void
}

async function withPeer(work: (peer: Peer) => Promise<void>): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-ipc-'))
  const socketPath = path.join(folder, 'socket')
  const accepted: net.Socket[] = []
  let requested = ''
  const server = net.createServer((socket) => {
    accepted.push(socket)
    socket.on('data', (chunk) => {
      requested += chunk
    })
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  const events: MpvEvent[] = []
  const connection = await connectMpv(socketPath, (event) => events.push(event))
  const socket = await until('the server accepts', () => accepted[0])
  try {
    await work({
      connection,
      events,
      requested: () => requested,
      say: (bytes) => socket.write(bytes),
      hangUp: () => socket.destroy(),
    })
  } finally {
    connection.close()
    socket.destroy()
    await new Promise((resolve) => server.close(resolve))
    fs.rmSync(folder, { recursive: true })
  }
}

test('answers find their requests in any order, and events come between', () =>
  withPeer(async ({ connection, events, requested, say }) => {
    const path = connection.get('path')
    const pause = connection.get('pause')
    await until('both requests', () => requested().split('\n').length === 3)
    assert.is(requested().split('\n')[0], '{"command":["get_property","path"],"request_id":1}')
    say('{"request_id":2,"error":"success","data":true}\n{"event":"seek"}\n{"request_id":1,"error":"succ')
    say('ess","data":"a.mkv"}\n')
    assert.equal([await path, await pause], ['a.mkv', true])
    assert.equal(events, [{ event: 'seek', data: undefined }])
  }))

test('an absent value is unavailable, an empty one is a value', () =>
  withPeer(async ({ connection, events, say }) => {
    const path = connection.get('path')
    say('{"request_id":1,"error":"property unavailable"}\n')
    say('{"event":"property-change","id":1,"name":"sub-text"}\n')
    say('{"event":"property-change","id":1,"name":"sub-text","data":""}\n')
    assert.is(await path, undefined)
    await until('both events', () => events.length === 2)
    assert.equal(
      events.map(({ name, data }) => [name, data]),
      [
        ['sub-text', undefined],
        ['sub-text', ''],
      ],
    )
  }))

test('bytes that are no UTF-8, lines that are no JSON and an endless line harm nothing after them', () =>
  withPeer(async ({ events, say }) => {
    say(Buffer.concat([Buffer.from('{"event":"x","name":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}\n')]))
    say('nonsense\n[1]\nnull\n"seek"\n{"event":7}\n\n')
    say(`{"event":"${'x'.repeat(5 * 1024 * 1024)}"}\n`)
    say('{"event":"seek"}\n')
    await until('the last event', () => events.at(-1)?.event === 'seek')
    assert.equal(
      events.map(({ event, name }) => [event, name]),
      [
        ['x', '\uFFFD\uFFFD'],
        ['seek', undefined],
      ],
    )
  }))

test('a connection that is lost answers what was requested, and everything after, with nothing', () =>
  withPeer(async ({ connection, hangUp }) => {
    const path = connection.get('path')
    hangUp()
    await connection.closed
    assert.is(await path, undefined)
    assert.is(await connection.get('path'), undefined)
    assert.is(await connection.command('quit'), false)
  }))

test('where nothing listens the player is unavailable', async () => {
  try {
    await connectMpv(path.join(os.tmpdir(), 'immersion-no-such-socket'), () => {})
    assert.unreachable()
  } catch (error) {
    assert.is((error as ImmersionError).code, 'PLAYER_UNAVAILABLE')
  }
})

test('a path that is no socket is reported once, and waited for', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-ipc-'))
  const socketPath = path.join(folder, 'film.mkv')
  fs.writeFileSync(socketPath, '')
  const stopping = new AbortController()
  const notes: string[] = []
  let attempts = 0
  const following = followMpv({
    socketPath,
    tracker: recordingTracker(),
    reconnect: false,
    signal: stopping.signal,
    onStatus: () => attempts++,
    onNote: (note) => notes.push(note),
  })
  try {
    await until('three attempts', () => attempts >= 3)
    assert.equal(notes, [`mpv cannot be reached: ${socketPath} is not a socket`])
  } finally {
    stopping.abort()
    await following
    fs.rmSync(folder, { recursive: true })
  }
})

test('changes of two cues that arrive in one piece, the first one broken off, are two screens', () => {
  const lines: string[] = []
  const cues = new SubtitleCues({}, (line) => lines.push(`${line.startMs} ${line.text}`))
  cues.text('one')
  cues.start(1)
  cues.end(2)
  cues.start(2) // the same text again
  cues.end(3)
  cues.text('') // and gone
  cues.start(undefined)
  cues.end(undefined)
  cues.text('two')
  cues.start(4)
  cues.closeBurst() // its end is still on its way
  assert.equal(lines, ['1000 one', '2000 one', '4000 two'])
  cues.end(5)
  cues.closeBurst()
  assert.equal(lines.slice(3), ['4000 two'])
})

test('of rows that move up on the screen only the new one is a line', () => {
  const lines: string[] = []
  const newText = createLineRepeats()
  const cues = new SubtitleCues({}, ({ text, startMs, endMs }) => {
    const line = newText(text, startMs, endMs, 0)
    if (line !== null) lines.push(line)
  })
  const show = (text: string, start: number, end: number) => {
    cues.text(text)
    cues.start(start)
    cues.end(end)
  }
  show('one', 1, 5)
  show('one\ntwo', 1, 6)
  show('two\nthree', 2, 7)
  show('three', 4, 7)
  show('three', 7.2, 8) // said again, after its end
  show('one', 1, 5) // after a seek back
  assert.equal(lines, ['one', 'two', 'three', 'three', 'one'])
})

test.run()
