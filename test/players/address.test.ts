// Web addresses as one video and without a secret, and the values of test/fixtures/cases/video-addresses.json.

import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { plainAddress, volatileParameters } from '../../src/players/address.js'
import { locationOf, videoKeyOf } from '../../src/players/location.js'

const CASES = JSON.parse(readFileSync('test/fixtures/cases/video-addresses.json', 'utf8')) as Readonly<
  Record<'one video' | 'different videos', readonly (readonly string[])[]>
> & { readonly 'never stored, printed or exported': readonly string[] }

const keyOf = (address: string) => videoKeyOf(locationOf(address, '/'))

const test = suite('web addresses')

test('the addresses of one video have one key, and those of different videos have different keys', () => {
  for (const addresses of CASES['one video']) {
    assert.is(new Set(addresses.map(keyOf)).size, 1, addresses.map(keyOf).join(' '))
  }
  for (const addresses of CASES['different videos']) {
    assert.is(new Set(addresses.map(keyOf)).size, addresses.length, addresses.join(' '))
  }
})

test('no secret of the cases is in a key', () => {
  const keys = [...CASES['one video'], ...CASES['different videos']].flat().map(keyOf)
  for (const secret of CASES['never stored, printed or exported']) {
    assert.not.ok(
      keys.some((key) => key.includes(secret)),
      secret,
    )
  }
})

test('a video of a known site has one address, by whichever page it is opened', () => {
  const videos: Readonly<Record<string, readonly string[]>> = {
    'https://www.youtube.com/watch?v=dQw4w9WgXcQ': [
      'https://www.youtube.com/shorts/dQw4w9WgXcQ?feature=share',
      'https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start=30',
      'https://music.youtube.com/watch?v=dQw4w9WgXcQ&si=abc',
      'https://youtu.be/dQw4w9WgXcQ?si=xyz&t=43',
      'ytdl://https://youtu.be/dQw4w9WgXcQ',
      'https://www.youtube.com/live/dQw4w9WgXcQ',
    ],
    'https://www.nicovideo.jp/watch/sm9': ['https://nico.ms/sm9', 'https://sp.nicovideo.jp/watch/sm9?from=12'],
    'https://vimeo.com/76979871': [
      'https://player.vimeo.com/video/76979871?h=8272103f6e',
      'https://vimeo.com/channels/staffpicks/76979871#t=5s',
    ],
    'https://www.bilibili.com/video/BV1xx411c7mD': [
      'https://m.bilibili.com/video/BV1xx411c7mD/',
      'https://www.bilibili.com/video/BV1xx411c7mD?p=1&vd_source=1',
    ],
    'https://www.bilibili.com/video/BV1xx411c7mD?p=2': ['https://www.bilibili.com/video/BV1xx411c7mD/?p=2&t=9'],
    'https://www.twitch.tv/videos/1234567': ['https://m.twitch.tv/videos/1234567?t=1h2m3s'],
    'https://www.netflix.com/watch/81234567': ['https://www.netflix.com/jp/watch/81234567?trackId=1'],
    'https://www.crunchyroll.com/watch/GRDV0019R': ['https://www.crunchyroll.com/de/watch/GRDV0019R/the-end'],
    'https://www.dailymotion.com/video/x8abcde': ['https://dai.ly/x8abcde'],
    'https://googlevideo.com/videoplayback?id=o-AB': [
      'https://rr3---sn-4g5e.googlevideo.com/videoplayback?expire=1790000000&ip=192.0.2.1&id=o-AB&itag=22&sig=AA',
    ],
  }
  for (const [plain, addresses] of Object.entries(videos)) {
    for (const address of [plain, ...addresses]) assert.is(plainAddress(address), plain, address)
  }
})

test('a page of a known site that shows no one video keeps its address', () => {
  for (const address of [
    'https://www.youtube.com/playlist?list=PLx',
    'https://www.twitch.tv/someone',
    'https://vimeo.com/categories/comedy',
    'ytdl://ytsearch:cats',
  ]) {
    assert.is(plainAddress(address), address)
  }
})

test('parameters that change or are secret are left out, by any spelling, and all others stay in the order of their names', () => {
  const secrets = ['api_key', 'apiKey', 'API-KEY', 'access_token', 'accessToken', 'X-Plex-Token', 'X-Amz-Signature']
  const volatile = [
    'expires',
    'Expiry',
    'hdnts',
    'utm_source',
    'playSessionId',
    'DeviceId',
    'Policy',
    'Key-Pair-Id',
    'sid',
  ]
  for (const name of [...secrets, ...volatile]) {
    assert.is(plainAddress(`https://a.example/v?z=1&${name}=x&b=2`), 'https://a.example/v?b=2&z=1', name)
  }
  const address = 'https://a.example/v?hash=ff&id=1&keyword=cat&monkey=1&page=2&token_count=3&video_key=9'
  assert.is(plainAddress(address), address)
})

test('signed parts of a path, users, fragments and web tokens are left out', () => {
  const plain: readonly (readonly [string, string])[] = [
    ['https://me:secret@a.example/v.mp4', 'https://a.example/v.mp4'],
    ['https://a.example/v;jsessionid=1A2B?x=1', 'https://a.example/v?x=1'],
    ['https://a.example/hdntl=exp=179~hmac=ab/v.m3u8', 'https://a.example/-/v.m3u8'],
    ['https://a.example/v#access_token=abc', 'https://a.example/v'],
    ['https://a.example/#!/video?id=5&token=abc', 'https://a.example#!/video?id=5'],
    ['https://a.example/v?x=eyJhbGciOiJ9.eyJzdWIi.abc', 'https://a.example/v'],
    ['https://a.example/v?st=abc&e=1790000000', 'https://a.example/v'],
    ['https://a.example/v?e=12&t=7', 'https://a.example/v?e=12&t=7'],
    ['https://a.example/v?t=1m30s', 'https://a.example/v'],
    ['HTTPS://A.Example:443/V', 'https://a.example/V'],
    ['rtsp://user:pw@cam.example:554/s?token=1', 'rtsp://cam.example:554/s'],
    ['ws://localhost:6677/?key=abc', 'ws://localhost:6677'],
    ['https://a.example:99999/v?token=abc', 'https://a.example:99999/v'],
  ]
  for (const [address, expected] of plain) assert.is(plainAddress(address), expected, address)
})

test('the plain form of a plain address is itself', () => {
  for (const address of CASES['one video'].flat()) {
    const plain = locationOf(address, '/')
    assert.is(locationOf(plain, '/'), plain)
  }
})

test('the learner’s patterns name further parameters', () => {
  const isVolatile = volatileParameters(['fmt', 'quality*'])
  assert.is(plainAddress('https://a.example/v?fmt=1&Quality_max=2&id=3', isVolatile), 'https://a.example/v?id=3')
})

test.run()
