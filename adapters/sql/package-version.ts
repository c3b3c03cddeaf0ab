// The version of an installed package, for the figures of a log.

import { createRequire } from 'node:module'

export function packageVersion(name: string): string {
  const { version = '' }: { readonly version?: unknown } = createRequire(import.meta.url)(`${name}/package.json`)
  return String(version)
}
