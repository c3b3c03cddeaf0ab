// The rules of .dependency-cruiser.cjs as data, for the checks that compare them with something.

import { createRequire } from 'node:module'
import * as path from 'node:path'

export interface ImportRule {
  readonly name: string
  readonly from: { readonly path?: string }
  readonly to: { readonly path?: string | readonly string[]; readonly pathNot?: string | readonly string[] }
}

export function importRules(): readonly ImportRule[] {
  const load = createRequire(path.resolve('package.json'))
  const { forbidden } = load('./.dependency-cruiser.cjs') as { readonly forbidden: readonly ImportRule[] }
  return forbidden
}

/** A folder that has a rule of its own, or a file that stands beside the folders, with the rule. */
export interface Layer {
  /** As docs/architecture.md names it: `src/events`, `src/immersion-log.ts`. */
  readonly name: string
  /** Whether a file in this layer may import one in that. */
  mayImport(other: Layer): boolean
  /** The name of a file that the layer's rule is about. */
  readonly example: string
}

/** In the order of the rules, which is the order in which data flows. */
export function layers(): readonly Layer[] {
  const rules = importRules()
  return rules
    .filter(({ name }) => name.endsWith('-points-forward'))
    .map(({ from }) => {
      const name = plainName(from.path ?? '')
      const example = exampleOf(name)
      return { name, example, mayImport: (other) => !rules.some((rule) => forbids(rule, example, other.example)) }
    })
}

/** A pattern without its anchors and escapes. */
function plainName(pattern: string): string {
  return pattern
    .replace(/^\^|\$$|\/$/g, '')

    .replaceAll('[.]', '.')
}

function exampleOf(name: string): string {
  return name.endsWith('.ts') ? name : `${name}/a.ts`
}

function forbids({ from, to }: ImportRule, importing: string, imported: string): boolean {
  // Rules without a path of their own are about cycles and packages.
  if (from.path === undefined || !new RegExp(from.path).test(importing)) return false
  if (to.path === undefined && to.pathNot === undefined) return false
  const isTarget = to.path === undefined || asList(to.path).some((pattern) => new RegExp(pattern).test(imported))
  return isTarget && !asList(to.pathNot ?? []).some((pattern) => new RegExp(pattern).test(imported))
}

function asList(patterns: string | readonly string[]): readonly string[] {
  return typeof patterns === 'string' ? [patterns] : patterns
}
