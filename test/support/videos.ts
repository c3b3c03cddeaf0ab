// Small videos with subtitle tracks, made by ffmpeg: a grey picture of 16 × 16 pixels. Each frame is a key frame, so that a
// seek arrives exactly at its target.

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as path from 'node:path'

export interface SubtitleTrackToMake {
  /** ISO 639-2, as ffmpeg writes it; undefined for a track without a language. */
  readonly language?: string
  /** Begin and end in seconds, and the text. */
  readonly cues: readonly (readonly [from: number, to: number, text: string])[]
}

export interface VideoToMake {
  readonly seconds: number
  readonly subtitles?: readonly SubtitleTrackToMake[]
  readonly title?: string
}

/** Writes `file` (Matroska) into an existing folder. The subtitle files stay beside it. */
export function makeVideo(file: string, video: VideoToMake): string {
  const tracks = video.subtitles ?? []
  const subtitleFiles = tracks.map(({ cues }, index) => {
    const subtitleFile = `${file}.track-${index}.txt`
    fs.writeFileSync(subtitleFile, subRip(cues))
    return subtitleFile
  })
  const picture = ['-f', 'lavfi', '-i', `color=c=gray:s=16x16:r=10:d=${video.seconds}`]
  const inputs = subtitleFiles.flatMap((subtitleFile) => ['-f', 'srt', '-i', subtitleFile])
  const maps = tracks.flatMap((_, index) => ['-map', `${index + 1}:s`])
  const languages = tracks.flatMap(({ language }, index) =>
    language === undefined ? [] : [`-metadata:s:s:${index}`, `language=${language}`],
  )
  // mpv shows the track that the file marks as default.
  const shown = tracks.length === 0 ? [] : ['-disposition:s:0', 'default']
  const title = video.title === undefined ? [] : ['-metadata', `title=${video.title}`]
  const codecs = ['-c:v', 'mpeg4', '-g', '1', '-c:s', 'srt']
  execFileSync(
    'ffmpeg',
    [
      '-v',
      'error',
      '-y',
      ...picture,
      ...inputs,
      '-map',
      '0:v',
      ...maps,
      ...codecs,
      ...languages,
      ...shown,
      ...title,
      file,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'], cwd: path.dirname(file) },
  )
  return file
}

function subRip(cues: SubtitleTrackToMake['cues']): string {
  return cues.map(([from, to, text], index) => `${index + 1}\n${stamp(from)} --> ${stamp(to)}\n${text}\n`).join('\n')
}

function stamp(seconds: number): string {
  return new Date(Math.round(seconds * 1000)).toISOString().slice(11, 23).replace('.', ',')
}
