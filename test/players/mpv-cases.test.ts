// Subtitle files from complaints of learners (test/fixtures/cases), played by a real mpv: what counts as a line, and its characters.
// Expected values are counted by hand in the files.

import * as path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { countLine } from '../../src/events/counting.js'
import { ended, onBench } from '../support/mpv-bench.js'
import { program, requires } from '../support/requires.js'

const test = suite('subtitle files of mpv')
const withMpv = requires(test, program('mpv'), program('ffmpeg'))

const ROLLED = [
  'good morning everybody and welcome',
  'today we are going to bake some bread',
  'first you need a bowl of warm water',
  'and then a little bit of salt',
]

const FILES: readonly { readonly file: string; readonly lines: readonly string[]; readonly chars: number }[] = [
  { file: 'rolling.srt', lines: ROLLED, chars: 30 + 30 + 28 + 23 },
  { file: 'rolling.vtt', lines: ROLLED, chars: 30 + 30 + 28 + 23 },
  { file: 'word-highlight.srt', lines: ['今日はいい天気ですね', '終わりです'], chars: 10 + 5 },
  { file: 'word-highlight.ass', lines: ['夜空の星が歌う', '終わりです'], chars: 7 + 5 },
  { file: 'drawing-and-reading.ass', lines: ['（太郎）叶(かな)うよ'], chars: 3 },
]

for (const { file, lines, chars } of FILES) {
  withMpv(`${file} counts what a learner reads, once`, () =>
    onBench(async (bench) => {
      const subtitles = `--sub-file=${path.resolve('test/fixtures/cases', file)}`
      const mpv = await bench.mpv(['--pause', '--speed=2', '--sid=1', subtitles, bench.video('a.mkv', 10, [])])
      bench.follow()
      const session = await bench.session(1)
      await mpv.set('pause', false)
      assert.is(await ended(session), 'finished')
      assert.equal(
        session.lines().map((line) => line.trim()),
        lines,
      )
      const counted = session.lines().map((line) => countLine(line, 'ja').chars)
      assert.is(
        counted.reduce((sum, one) => sum + one, 0),
        chars,
      )
    }),
  )
}

test.run()
