// Tries the package, packed and installed into an empty folder by one version of Node: it loads, migrates, tracks and answers,
// and its program runs. Each trial of a version is a file of its own, so that the drivers are compiled side by side.

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { installPackage, type NodeProgram, ownNode, packPackage, runNode } from './installed-package.js'

const TRIAL_PROGRAM = path.join(path.dirname(fileURLToPath(import.meta.url)), 'track-and-answer.js')
const BINDING = path.join('node_modules', 'better-sqlite3', 'build', 'Release', 'better_sqlite3.node')

export function tryPackage(nodeOf: (folder: string) => NodeProgram, major: number): void {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), `immersion-node${major}-`))
  try {
    const program = nodeOf(path.join(root, 'node'))
    const { tarball } = packPackage(root)
    const folder = path.join(root, 'user')
    installPackage(program, folder, tarball, { scripts: program !== ownNode })
    if (program === ownNode) {
      // The driver was compiled for this Node when the repository was installed.
      fs.mkdirSync(path.dirname(path.join(folder, BINDING)), { recursive: true })
      fs.copyFileSync(BINDING, path.join(folder, BINDING))
    }
    fs.copyFileSync(TRIAL_PROGRAM, path.join(folder, 'track-and-answer.js'))
    const answer = JSON.parse(runNode(program, folder, ['track-and-answer.js', path.join(root, 'trial.sqlite')])) as {
      node: string
      sessions: number
      lines: number
      verified: boolean
    }
    assert.match(answer.node, new RegExp(`^v${major}\\.`))
    assert.equal({ ...answer, node: '' }, { node: '', sessions: 1, lines: 3, verified: true })

    const command = path.join(folder, 'node_modules', '.bin', 'immersion')
    const database = `sqlite:${path.join(root, 'trial.sqlite')}`
    const overview = JSON.parse(runNode(program, folder, [command, 'stats', '--json', '--db', database])) as {
      total: { measures: { lines: number } }
    }
    assert.is(overview.total.measures.lines, 3)
  } finally {
    fs.rmSync(root, { recursive: true, force: true })
  }
}
