// Following a real mpv: what it does while it plays a file arrives as lines, pauses, seeks and waits.

import * as fs from 'node:fs'
import * as http from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ended, JAPANESE, onBench } from '../support/mpv-bench.js'
import { program, requires } from '../support/requires.js'
import { until } from '../support/until.js'

const test = suite('playback of mpv')
const withMpv = requires(test, program('mpv'), program('ffmpeg'))

withMpv('each cue is one line: repeated, overlapping and in markup', () =>
  onBench(async (bench) => {
    const file = bench.video('a.mkv', 10, [JAPANESE])
    const mpv = await bench.mpv(['--pause', '--speed=5', file])
    bench.follow()
    const session = await bench.session(1)
    await mpv.set('pause', false)
    assert.is(await ended(session), 'finished')
    // The first two cues say the same without a pause between, so they are one line.
    assert.equal(session.lines(), ['これはペンです。', '今日は、いい天気ですね。', 'はい', '行こう！'])
    assert.equal(session.lineCalls()[0], { text: 'これはペンです。', startMs: 1000, endMs: 2000 })
    assert.is(session.count('seek'), 0)
    assert.equal(
      [session.start.videoKey, session.start.targetLanguage, session.start.paused, session.start.inferSeeks],
      [`local:${file}`, 'ja', true, false],
    )
  }),
)

withMpv('straight playback of 200 lines is 200 lines and no seek', () =>
  onBench(async (bench) => {
    const cues = Array.from({ length: 200 }, (_, index) => [index / 2, index / 2 + 0.4, `Line ${index}`] as const)
    const mpv = await bench.mpv(['--pause', '--speed=4', bench.video('long.mkv', 101, [{ language: 'eng', cues }])])
    bench.follow()
    const session = await bench.session(1)
    await mpv.set('pause', false)
    assert.is(await ended(session), 'finished')
    assert.equal(
      session.lines(),
      cues.map(([, , text]) => text),
    )
    assert.equal([session.count('seek'), session.count('pause'), session.count('resume')], [0, 0, 1])
  }),
)

withMpv('pauses and seeks are reported with their positions; a seek within a cue is no new line', () =>
  onBench(async (bench) => {
    const cues = [
      [0, 8, 'A long line'],
      [20, 30, 'A later one'],
    ] as const
    const mpv = await bench.mpv(['--pause', bench.video('a.mkv', 40, [{ language: 'eng', cues }])])
    bench.follow()
    const session = await bench.session(1)
    await until('the first line', () => session.lines().length === 1)
    await mpv.playTo(1)
    await until('a pause', () => session.count('pause') === 1)
    const pausedAtMs = (await mpv.position()) * 1000
    await mpv.control.command('seek', 5, 'absolute')
    await until('a seek forward', () => session.count('seek') === 1)
    await mpv.control.command('seek', 22, 'absolute')
    await until('another seek forward', () => session.count('seek') === 2)
    await until('the later line', () => session.lines().length === 2)
    await mpv.control.command('seek', -20, 'relative')
    await until('a seek backward', () => session.count('seek') === 3)
    await until('the first line once more', () => session.lines().length === 3)
    await bench.stop()

    assert.equal(session.lines(), ['A long line', 'A later one', 'A long line'])
    assert.is(session.ended(), 'stopped')
    const made = session.calls.filter(({ call }) => ['pause', 'resume', 'seek'].includes(call))
    assert.equal(
      made.map(({ call }) => call),
      ['resume', 'pause', 'seek', 'seek', 'seek'],
    )
    const expected = [[0], [pausedAtMs], [pausedAtMs, 5000], [5000, 22000], [22000, 2000]]
    made.forEach(({ args }, index) => {
      args.forEach((positionMs, place) => {
        const wanted = expected[index]?.[place] ?? Number.NaN
        assert.ok(Math.abs(Number(positionMs) - wanted) <= 600, `${positionMs} is about ${wanted}`)
      })
    })
  }),
)

withMpv('a stream that stalls is buffering; its key is the URL without the password in it', () =>
  onBench(async (bench) => {
    const cues = Array.from({ length: 60 }, (_, index) => [index, index + 1, `Line ${index}`] as const)
    const bytes = fs.readFileSync(bench.video('a.mkv', 60, [{ language: 'eng', cues }]))
    const server = http.createServer((_request, response) => {
      response.writeHead(200, { 'content-length': bytes.length, 'content-type': 'video/x-matroska' })
      response.write(bytes.subarray(0, bytes.length / 2))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as AddressInfo
      await bench.mpv(['--speed=10', '--cache=yes', `http://learner:secret@127.0.0.1:${port}/a.mkv`])
      bench.follow()
      const session = await bench.session(1)
      await until('it buffers', () => bench.status()?.state === 'buffering')
      assert.equal(session.calls.findLast(({ call }) => call === 'buffering')?.args, [true])
      assert.equal(
        [session.start.videoKey, session.start.video?.url, session.start.video?.sourceType],
        [`remote:http://127.0.0.1:${port}/a.mkv`, `http://127.0.0.1:${port}/a.mkv`, 'remote'],
      )
    } finally {
      server.closeAllConnections()
      server.close()
    }
  }),
)

withMpv('a seek to beyond the end is a seek, and the end', () =>
  onBench(async (bench) => {
    const mpv = await bench.mpv(['--pause', bench.video('a.mkv', 30, [JAPANESE])])
    bench.follow()
    const session = await bench.session(1)
    await mpv.playTo(1)
    await mpv.set('pause', false)
    await mpv.control.command('seek', 100, 'absolute')
    assert.is(await ended(session), 'finished')
    assert.is(session.count('seek'), 1)
    const [fromMs, toMs] = session.calls.find(({ call }) => call === 'seek')?.args ?? []
    assert.ok(Number(fromMs) < 5_000 && Number(toMs) >= 29_000, `from ${fromMs} to ${toMs}`)
  }),
)

withMpv('an mpv that is stopped waits, and goes on when it does', () =>
  onBench(async (bench) => {
    const mpv = await bench.mpv([bench.video('a.mkv', 100, [JAPANESE])])
    bench.follow()
    const session = await bench.session(1)
    mpv.suspend(true)
    await until('it waits', () => bench.status()?.state === 'buffering')
    mpv.suspend(false)
    await until('it plays', () => bench.status()?.state === 'playing')
    assert.equal(
      session.calls
        .filter(({ call }) => call === 'buffering')
        .slice(0, 2)
        .map(({ args }) => args),
      [[true], [false]],
    )
  }),
)

withMpv('a sign of the learner that is no event is reported as presence', () =>
  onBench(async (bench) => {
    const mpv = await bench.mpv(['--pause', bench.video('a.mkv', 10, [JAPANESE])])
    bench.follow()
    const session = await bench.session(1)
    await mpv.set('volume', 40)
    await until('presence', () => session.count('presence') > 0)
  }),
)

test.run()
