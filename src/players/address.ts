// The form of a web address under which a video is recorded: the same for every way to the video, and without a secret.
// Called by location.ts before anything is stored or shown. Videos of known sites are named by their id. Of every other address
// scheme, host, path and query stay, the query without volatile parameters and in the order of the names.

import { wildcardPattern } from './wildcard-pattern.js'

/** Whether a query parameter is left out of an address, because it changes from one day to the next or is a secret. */
export type IsVolatile = (parameter: string, value: string) => boolean

/**
 * Names of parameters that hold a secret of the viewer or the server: `api_key`, `accessToken`, `X-Plex-Token`. Words that also
 * name videos on some sites (`id`, `hash`, `video_key`) are not among them.
 */
const SECRET_NAME =
  /(?:^|-)(?:token|jwt|hmac|sig|signature|secret|password|passwd|passphrase|pwd|authorization|credentials?|j?session-?id|phpsessid|sid)$|^(?:(?:api|access|auth|private|license|client)-?)?key$|^(?:auth|sign|pass|user|user-?name|session|ticket|policy|nonce)$/
/** Names that say for how long an address is valid, for whom, where to begin, or where somebody found it. */
const VOLATILE_NAME =
  /^(?:expires?|expiry|expiration|exp|valid-?(?:from|until|to)|deadline|timestamp|ts|st|cb|cachebuster|nocache|rnd|random|utm-.*|x-(?:amz|goog|oss|cos|plex|emby)-.*|aws-?access-?key-?id|google-?access-?id|key-pair-id|hdnts|hdnea|hdntl|ip|ip-?address|device-?(?:id|name)|client-?id|play-?session-?id|start-?time|time-continue|start-?time-?ticks|fbclid|gclid|msclkid|igshid|spm-id-from|ref|ref-src|feature|si)$/
/** A playback position (`t=95s`, `t=1m30s`), or in `e` the moment at which a signed address expires. */
const POSITION = /^(?:\d+h)?(?:\d+m)?\d+s$/
const EPOCH_SECONDS = /^1\d{9}(?:\d{3})?$/
/** A JSON Web Token, whatever it is called. */
const WEB_TOKEN = /^eyJ[\w-]+\.[\w-]+\./

/** `patterns` are names of further volatile parameters, with `*` and `?`. */
export function volatileParameters(patterns: readonly string[] = []): IsVolatile {
  const further = patterns.map(wildcardPattern)
  return (parameter, value) => {
    const name = wordsOf(parameter)
    return (
      SECRET_NAME.test(name) ||
      VOLATILE_NAME.test(name) ||
      WEB_TOKEN.test(value) ||
      (name === 't' && POSITION.test(value)) ||
      (name === 'e' && EPOCH_SECONDS.test(value)) ||
      further.some((pattern) => pattern.test(parameter))
    )
  }
}

/** The address without what changes, secrets, user and fragment. A text that is no address loses everything after `?` or `#`. */
export function plainAddress(address: string, isVolatile: IsVolatile = volatileParameters()): string {
  const url = parsed(address)
  if (url === null) return address.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1').replace(/[?#].*$/s, '')
  if (url.protocol === 'ytdl:') return ofYtdl(address, isVolatile)
  const known = SITES.find(({ host }) => host.test(url.hostname))?.videoOf(url)
  if (known !== undefined) return known
  const path = url.pathname === '/' ? '' : url.pathname
  const route = /^#!?\//.test(url.hash) ? url.hash : ''
  return withoutVolatile(`${originOf(url)}${path}${url.search}`, isVolatile) + withoutVolatile(route, isVolatile)
}

function parsed(address: string): URL | null {
  return URL.canParse(address) ? new URL(address) : null
}

/** `ytdl://` before an address, or before an id of YouTube. Anything else (a search) stays. */
function ofYtdl(address: string, isVolatile: IsVolatile): string {
  const target = address.slice('ytdl://'.length)
  if (/^[a-z]+:\/\//i.test(target)) return plainAddress(target, isVolatile)
  return YOUTUBE_ID.test(target) ? youtubeVideo(target) : address
}

/** `URL.origin` is null for schemes that browsers do not know, such as rtsp. */
function originOf({ protocol, host }: URL): string {
  return `${protocol}//${host}`
}

/** Signed addresses have volatile parts in the path too: `/hdntl=exp=1~hmac=2/`, `;jsessionid=3`. What stays keeps its spelling. */
function withoutVolatile(text: string, isVolatile: IsVolatile): string {
  const [path = '', query = ''] = splitAt(text, '?')
  const plain = path.replace(/([;/])([^/;=]+)=([^/;]*)/g, (part, before: string, name: string, value: string) =>
    isVolatile(name, value) ? (before === '/' ? '/-' : '') : part,
  )
  const parameters = query.split('&').map((part) => {
    const [[name, value] = ['', '']] = [...new URLSearchParams(part)]
    return { part, name, value }
  })
  const kept = parameters.filter(({ part, name, value }) => part !== '' && !isVolatile(name, value))
  // A parameter that occurs twice keeps its order, because sort is stable.
  kept.sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0))
  return kept.length === 0 ? plain : `${plain}?${kept.map(({ part }) => part).join('&')}`
}

function splitAt(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

/** `apiKey`, `api_key` and `API-Key` are `api-key`. */
function wordsOf(parameter: string): string {
  return parameter
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .replace(/[\s_.]+/g, '-')
    .toLowerCase()
}

interface Site {
  readonly host: RegExp
  /** The address of the video that this page shows; undefined for pages that show none. */
  videoOf(url: URL): string | undefined
}

const YOUTUBE_ID = /^[\w-]{11}$/

function youtubeVideo(id: string): string {
  return `https://www.youtube.com/watch?v=${id}`
}

/** A site whose videos are named by a part of the path: `path` finds it, `address` begins the plain address. */
function site(host: RegExp, path: RegExp, address: string): Site {
  return {
    host,
    videoOf({ pathname }) {
      const id = path.exec(pathname)?.[1]
      return id === undefined ? undefined : address + id
    },
  }
}

const SITES: readonly Site[] = [
  {
    host: /^(?:.+\.)?(?:youtube(?:-nocookie)?\.com|youtu\.be)$/,
    videoOf({ hostname, pathname, searchParams }) {
      const inPath = hostname.endsWith('youtu.be') ? /^\/([^/]+)/ : /^\/(?:shorts|embed|live|v|e)\/([^/]+)/
      const id = searchParams.get('v') ?? inPath.exec(pathname)?.[1]
      return id !== undefined && YOUTUBE_ID.test(id) ? youtubeVideo(id) : undefined
    },
  },
  {
    host: /^(?:.+\.)?googlevideo\.com$/,
    videoOf({ searchParams }) {
      const id = searchParams.get('id')
      return id === null ? undefined : `https://googlevideo.com/videoplayback?id=${encodeURIComponent(id)}`
    },
  },
  {
    host: /^(?:www\.|m\.)?bilibili\.com$/,
    videoOf({ pathname, searchParams }) {
      const id = /^\/video\/([^/]+)/.exec(pathname)?.[1]
      const part = Number(searchParams.get('p') ?? 1)
      return id === undefined ? undefined : `https://www.bilibili.com/video/${id}${part > 1 ? `?p=${part}` : ''}`
    },
  },
  site(/^(?:.+\.)?nicovideo\.jp$/, /^\/watch\/([a-z]*\d+)/, 'https://www.nicovideo.jp/watch/'),
  site(/^nico\.ms$/, /^\/([a-z]*\d+)/, 'https://www.nicovideo.jp/watch/'),
  site(/^(?:.+\.)?vimeo\.com$/, /^\/(?:video\/|channels\/[^/]+\/|groups\/[^/]+\/videos\/)?(\d+)/, 'https://vimeo.com/'),
  site(/^(?:.+\.)?dailymotion\.com$/, /\/video\/([a-z\d]+)/, 'https://www.dailymotion.com/video/'),
  site(/^dai\.ly$/, /^\/([a-z\d]+)/, 'https://www.dailymotion.com/video/'),
  site(/^(?:.+\.)?twitch\.tv$/, /\/(?:videos?|v)\/(\d+)/, 'https://www.twitch.tv/videos/'),
  site(/^(?:.+\.)?netflix\.com$/, /\/watch\/(\d+)/, 'https://www.netflix.com/watch/'),
  site(/^(?:.+\.)?crunchyroll\.com$/, /\/watch\/([A-Z\d]+)/, 'https://www.crunchyroll.com/watch/'),
]
