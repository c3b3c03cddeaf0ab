// The version of an installed package, for the figures of a log.

import { createRequire } from 'node:module'

export function packageVersion(name: string): string {
  const described: unknown = createRequire(import.meta.url)(`${name}/package.json`)
  const version = described !== null && typeof described === 'object' && 'version' in described ? described.version : ''
  return String(version)
}
