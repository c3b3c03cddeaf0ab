// Series, season and episode from names, with the values of test/fixtures/cases/file-names.json.

import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seriesFacts } from '../../src/players/file-name.js'

interface NameCase {
  readonly name: string
  readonly series: string | null
  readonly season: number | null
  readonly episode: number | null
}

const CASES = JSON.parse(readFileSync('test/fixtures/cases/file-names.json', 'utf8')) as readonly NameCase[]

function found(location: string) {
  const { series = null, season = null, episode = null } = seriesFacts(location)
  return [series, season, episode]
}

const test = suite('names of files')

test('the names of the cases give their series, season and episode', () => {
  for (const { name, series, season, episode } of CASES)
    assert.equal(found(`/videos/${name}`), [series, season, episode])
})

test('names in other languages and forms do so too', () => {
  const names: readonly (readonly [string, string, number | null, number])[] = [
    ['進撃の巨人 Season 3 - 12.mkv', '進撃の巨人', 3, 12],
    ['Breaking.Bad.2x13.720p.mkv', 'Breaking Bad', 2, 13],
    ['クレヨンしんちゃん #1032.mp4', 'クレヨンしんちゃん', null, 1032],
    ['名探偵コナン 1023話.mp4', '名探偵コナン', null, 1023],
    ['One Piece 1071 [1080p].mkv', 'One Piece', null, 1071],
    ['사랑의 불시착.E01.190101.1080p.mp4', '사랑의 불시착', null, 1],
    ['[Judas] Bocchi the Rock! - S01E12v2.mkv', 'Bocchi the Rock!', 1, 12],
    ['けいおん！！ #05 「留守番！」 (BS11).ts', 'けいおん！！', null, 5],
    ['Coronation Street #1984.mkv', 'Coronation Street', null, 1984],
  ]
  for (const [name, ...expected] of names) assert.equal(found(`/videos/${name}`), expected, name)
})

test('a film is no series, whatever number or year is in its name', () => {
  for (const name of [
    'Blade Runner 2049 (2017).mkv',
    'Ponyo.2008.1080p.BluRay.x264.mkv',
    '1917 (2019).mkv',
    '12 Angry Men.mkv',
    'se7en.mkv',
    'NHK ニュース 2024-05-01.mp4',
    '映画 けいおん！.mkv',
    `${'x'.repeat(300)}.mkv`,
  ]) {
    assert.equal(seriesFacts(`/videos/${name}`), {}, name)
  }
})

test('folders fill in what the name of the file lacks', () => {
  const locations: readonly (readonly [string, string | null, number | null, number | null])[] = [
    ['/videos/Frieren/03.mkv', 'Frieren', null, 3],
    ['/videos/Dark/Season 2/Episode 3.mkv', 'Dark', 2, 3],
    ['/videos/葬送のフリーレン/第2期/第07話.mp4', '葬送のフリーレン', 2, 7],
    ['/videos/The Office/S03/The Office - 04.mkv', 'The Office', 3, 4],
    ['/videos/Dark/S02E03.mkv', 'Dark', 2, 3],
    ['https://a.example/Frieren/03.mkv', 'Frieren', null, 3],
    ['/home/me/Downloads/03.mkv', null, null, null],
    ['/03.mkv', null, null, null],
  ]
  for (const [location, ...expected] of locations) assert.equal(found(location), expected, location)
})

test.run()
