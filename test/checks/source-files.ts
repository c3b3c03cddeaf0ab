// The repository's files as the checks see them: everything that is committed or about to be. Called by the checks.

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'

/** Paths with `/`, from the root. A check over none of them would hold for nothing, so an empty answer throws. */
export function repositoryFiles(wanted: (name: string) => boolean): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  })
  const files = listed.split('\0').filter((name) => name !== '' && wanted(name) && fs.existsSync(name))
  if (files.length === 0) throw new Error('no file to look at')
  return files
}

export function isProductSource(name: string): boolean {
  return /^(src|projections|adapters)\/.*\.ts$/.test(name)
}
