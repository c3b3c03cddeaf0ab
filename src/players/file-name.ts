// Series, season and episode of a video by the names of its file and folders. anitomy reads the file's name: of five libraries
// that were tried it alone reads Japanese names and numbers in titles (Mob Psycho 100). What it takes for an episode and is the
// year of a film is dropped here, and folders fill in what the name lacks. The learner's own names beat all of it.

import * as path from 'node:path'
import { parse } from 'anitomy'
import { withoutUndefined } from '../events/plain-data.js'
import type { VideoFacts } from '../events/types.js'
import { pathOf } from './location.js'

export type SeriesFacts = Pick<VideoFacts, 'series' | 'season' | 'episode'>

/** A longer name is no name that somebody wrote to be read. */
const NAME_MAX_UNITS = 255
/** Folders that hold videos of any kind, so that none of their names is a series. */
const COMMON_FOLDER =
  /^(?:downloads?|videos?|movies?|films?|filme|anime|drama|dramas|shows?|tv|series|media|desktop|documents|tmp|temp|home|mnt|root|users?|動画|映画|アニメ|ドラマ|ビデオ|ダウンロード)?$/i
const SEASON_FOLDER = /^(?:(?:season|series|staffel|saison|temporada|stagione|s)[ ._-]*(\d{1,2})|第(\d{1,2})[期季])$/i
/** A name that says nothing but the number: `03`, `Episode 3`, `第3話`, `S02E03`. */
const BARE_NUMBER =
  /^(?:s(?<season>\d{1,2}))?[ ._-]*(?:(?:e|ep|episode|folge|#|第)[ ._]*)?(?<episode>\d{1,4})(?:話|回|集|화|v\d)?$/i
/** Numbers that name an episode, whatever year they could be: `E1984`, `#1984`, `第1984話`. */
const MARKED_NUMBER = /(?:\bs\d{1,2}[ ._-]*e|\be|\bep|\bepisode|#|第|\d{1,2}x)[ ._]*\d|\d(?:話|回|集|화)/i

/** `location` is an absolute path or a plain address. Only what is found; nothing where no episode is. */
export function seriesFacts(location: string): SeriesFacts {
  const { name, dir } = path.parse(pathOf(location))
  const [folder = '', above = ''] = dir.split(/[/\\]/).reverse()
  const ofFolder = SEASON_FOLDER.exec(folder)
  const season = numberOf(ofFolder?.[1] ?? ofFolder?.[2])
  const named = ofFolder === null ? folder : above
  const ofFolders = COMMON_FOLDER.test(named) ? undefined : named
  const bare = BARE_NUMBER.exec(name)?.groups
  const read = bare ?? readName(name)
  const episode = numberOf(read?.episode)
  const series = (bare === undefined ? read?.series : undefined) ?? ofFolders
  if (episode === undefined || series === undefined) return {}
  return withoutUndefined({ series, season: numberOf(read?.season) ?? season, episode })
}

interface ReadName {
  readonly series?: string | undefined
  readonly season?: string | undefined
  readonly episode?: string | undefined
}

function readName(name: string): ReadName | undefined {
  if (name.length > NAME_MAX_UNITS) return undefined
  // anitomy reads neither a version behind E12 nor a number of four digits behind #.
  const found = parse(`${name.replace(/(\bs\d{1,2}e\d{1,4})v\d\b/i, '$1').replace(/#(\d+)/, '第$1話')}.mkv`)
  const number = found?.episode?.number
  if (found === undefined || number === undefined || (isYear(number) && !MARKED_NUMBER.test(name))) return undefined
  return { series: found.title, season: found.season, episode: String(number) }
}

/** The first film was shown in 1895. */
function isYear(number: number): boolean {
  return number >= 1895 && number < 2100
}

function numberOf(text: string | undefined): number | undefined {
  const number = Number(text)
  return text !== undefined && Number.isFinite(number) ? number : undefined
}
