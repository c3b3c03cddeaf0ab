// Following a real mpv: its files arrive at the tracker as sessions, with their languages, facts and ends.

import { once } from 'node:events'
import * as fs from 'node:fs'
import * as http from 'node:http'
import type { AddressInfo } from 'node:net'
import * as path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ENGLISH, ended, everyHalfSecond, JAPANESE, onBench } from '../support/mpv-bench.js'
import { program, requires } from '../support/requires.js'
import { until } from '../support/until.js'

const test = suite('files of mpv')
const withMpv = requires(test, program('mpv'), program('ffmpeg'))

withMpv(
  'the files of a playlist are sessions of their own, with a relative path made absolute and facts as known',
  () =>
    onBench(async (bench) => {
      bench.video('one.mkv', 10, [JAPANESE], 'A title')
      bench.video('two.mkv', 10, [ENGLISH])
      const mpv = await bench.mpv(['--pause', 'one.mkv', './two.mkv'])
      bench.follow()
      const first = await bench.session(1)
      await mpv.control.command('playlist-next')
      const second = await bench.session(2)
      await mpv.control.command('quit')

      assert.is(first.ended(), 'stopped')
      assert.is(await ended(second), 'closed')
      assert.equal(
        [first, second].map(({ start }) => [start.videoKey, start.targetLanguage, start.video?.title]),
        [
          [`local:${path.join(bench.folder, 'one.mkv')}`, 'ja', 'A title'],
          [`local:${path.join(bench.folder, 'two.mkv')}`, 'en', 'two'],
        ],
      )
      const { durationMs, fileSizeBytes, bitrateKbps, ...facts } = first.start.video ?? {}
      assert.equal(facts, {
        title: 'A title',
        sourceType: 'local',
        path: path.join(bench.folder, 'one.mkv'),
        container: 'mkv',
        codec: 'mpeg4',
        widthPx: 16,
        heightPx: 16,
        fpsX100: 1000,
      })
      assert.is(durationMs, 10_000)
      assert.is(fileSizeBytes, fs.statSync(path.join(bench.folder, 'one.mkv')).size)
      assert.is(bitrateKbps, Math.round((Number(fileSizeBytes) * 8) / 1000 / 10))
    }),
)

withMpv('a video from the web is one video whatever its token, which is neither kept nor shown', () =>
  onBench(async (bench) => {
    const content = fs.readFileSync(bench.video('a.mkv', 30, [JAPANESE]))
    const server = http.createServer((_request, response) => response.end(content)).listen(0, '127.0.0.1')
    try {
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      const stream = (token: string) =>
        `http://me:pw-${token}@127.0.0.1:${port}/stream.mkv?static=true&api_key=${token}`
      const mpv = await bench.mpv(['--pause', stream('AAAA'), stream('BBBB')])
      bench.follow()
      const first = await bench.session(1)
      await until('a title', () => bench.status()?.session?.title === 'stream')
      await mpv.control.command('playlist-next')
      const second = await bench.session(2)
      await bench.stop()

      const address = `http://127.0.0.1:${port}/stream.mkv?static=true`
      for (const { start } of [first, second]) {
        assert.equal([start.videoKey, start.video?.url, start.video?.title], [`remote:${address}`, address, 'stream'])
      }
      const seen = JSON.stringify([bench.tracker.sessions, bench.notes, bench.status()])
      assert.not.match(seen, /AAAA|BBBB/)
    } finally {
      server.close()
    }
  }),
)

withMpv('another subtitle language begins a new session; no subtitle, or the same language, does not', () =>
  onBench(async (bench) => {
    const file = bench.video('a.mkv', 60, [
      everyHalfSecond('jpn', 'これはペンです。'),
      everyHalfSecond('eng', 'Hello, world.'),
      everyHalfSecond('en-GB', 'Good evening.'),
      everyHalfSecond(undefined, 'А это по-русски.'),
    ])
    const mpv = await bench.mpv(['--sid=no', file])
    bench.follow()
    const first = await bench.session(1)
    await mpv.set('sid', 1)
    await until('Japanese', () => first.lines().includes('これはペンです。'))
    await mpv.set('sid', 2)
    const second = await bench.session(2)
    await until('English', () => second.lines().includes('Hello, world.'))
    await mpv.set('sid', 'no')
    await mpv.set('sid', 3)
    await until('more English', () => second.lines().includes('Good evening.'))
    await mpv.set('pause', true)
    await mpv.set('sid', 4)
    await mpv.set('pause', false)
    const third = await bench.session(3)
    await until('Russian', () => third.lines().length > 0)
    await bench.stop()

    assert.is(bench.tracker.sessions.length, 3)
    assert.equal(first.calls.find(({ call }) => call === 'describe')?.args, [{ targetLanguage: 'ja' }])
    assert.equal(
      [first, second, third].map((session) => session.start.targetLanguage),
      [undefined, 'en', 'ru'],
    )
    assert.equal(
      [first, second, third].map((session) => session.ended()),
      ['replaced', 'replaced', 'stopped'],
    )
    assert.equal(new Set(first.lines()), new Set(['これはペンです。']))
    assert.equal(new Set(second.lines()), new Set(['Hello, world.', 'Good evening.']))
    assert.equal(new Set(third.lines()), new Set(['А это по-русски.']))
  }),
)

withMpv("the learner's language stands in where the track has none", () =>
  onBench(async (bench) => {
    await bench.mpv(['--pause', bench.video('a.mkv', 10, [{ cues: [[0, 9, 'Das ist Deutsch.']] }])])
    bench.follow({ language: 'de' })
    const session = await bench.session(1)
    await until('a line', () => session.lines().length === 1)
    assert.equal([session.start.targetLanguage, session.count('describe')], ['de', 0])
  }),
)

withMpv('the end with keep-open finishes the session without a pause, and going back begins another', () =>
  onBench(async (bench) => {
    const mpv = await bench.mpv(['--pause', '--keep-open', '--speed=5', bench.video('a.mkv', 10, [JAPANESE])])
    bench.follow()
    const first = await bench.session(1)
    await mpv.set('pause', false)
    assert.is(await ended(first), 'finished')
    assert.is(first.count('pause'), 0)
    await until('mpv stands at the end', async () => (await mpv.control.get('pause')) === true)
    await mpv.control.command('seek', 1, 'absolute')
    const second = await bench.session(2)
    assert.equal([second.start.videoKey, second.start.paused], [first.start.videoKey, true])
    await mpv.control.command('quit')
    assert.is(await ended(second), 'closed')
    assert.is(bench.tracker.sessions.length, 2)
  }),
)

withMpv('a killed mpv closes its session, and mpv started again on the same socket is followed', () =>
  onBench(async (bench) => {
    const file = bench.video('a.mkv', 10, [JAPANESE])
    bench.follow()
    await until('it waits', () => bench.status()?.state === 'waiting')
    const before = await bench.mpv(['--pause', file])
    const first = await bench.session(1)
    await before.kill()
    assert.is(await ended(first), 'closed')
    assert.ok(fs.existsSync(bench.socketPath), 'the socket file of the killed mpv is still there')
    await bench.mpv(['--pause', file])
    const second = await bench.session(2)
    assert.is(second.ended(), undefined)
    assert.equal(bench.status()?.session?.title, 'a')
  }),
)

withMpv('an mpv that ends while a connection to it is made is waited for, and nothing is reported', () =>
  onBench(async (bench) => {
    const first = await bench.mpv([])
    // It accepts no connection any more.
    first.suspend(true)
    await until('it is suspended', async () => (await first.control.get('path')) === undefined)
    bench.follow()
    first.killAtOnce()
    const file = bench.video('a.mkv', 10, [JAPANESE])
    await bench.mpv(['--pause', file])
    await bench.session(1)
    assert.equal(bench.notes, [])
  }),
)

withMpv('what is ignored leaves nothing, and what follows it is tracked', () =>
  onBench(async (bench) => {
    bench.video('private.mkv', 10, [JAPANESE])
    bench.video('two.mkv', 10, [ENGLISH])
    const mpv = await bench.mpv(['--pause', 'private.mkv', 'two.mkv'])
    bench.follow({ isIgnored: (location) => location.includes('private') })
    await until('it is ignored', () => bench.status()?.state === 'ignored')
    await mpv.control.command('playlist-next')
    const session = await bench.session(1)
    assert.match(session.start.videoKey, /two\.mkv$/)
    assert.is(bench.tracker.sessions.length, 1)
  }),
)

withMpv('a file that cannot be played is a note and no session', () =>
  onBench(async (bench) => {
    fs.writeFileSync(path.join(bench.folder, 'broken.mkv'), 'no video')
    const mpv = await bench.mpv([])
    bench.follow()
    await until('mpv is idle', () => bench.status()?.state === 'idle')
    await mpv.control.command('loadfile', 'broken.mkv')
    await until('a note', () => bench.notes.length === 1)
    assert.match(bench.notes[0] ?? '', /^mpv could not play a file: /)
    assert.is(bench.tracker.sessions.length, 0)
  }),
)

withMpv('a session for which there was no room is opened later', () =>
  onBench(async (bench) => {
    await bench.mpv([bench.video('a.mkv', 100, [JAPANESE])])
    bench.tracker.refuseNext()
    bench.follow()
    const session = await bench.session(2)
    assert.equal([session.start.targetLanguage, session.ended()], ['ja', undefined])
  }),
)

test.run()
