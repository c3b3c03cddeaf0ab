// The documents as the checks see them: their links, headings and code blocks. Called by the docs checks.

import * as fs from 'node:fs'
import * as path from 'node:path'
import { repositoryFiles } from './source-files.js'

export interface CodeBlock {
  readonly document: string
  /** 1-based line of its first line of code. */
  readonly line: number
  /** First word after the fence: `ts`, `sh`; empty for none. */
  readonly language: string
  /** What follows the language: `run`. */
  readonly mark: string
  readonly text: string
}

export function documents(): readonly string[] {
  return repositoryFiles((name) => /^([A-Z]+\.md|docs\/.*\.md)$/.test(name))
}

export function codeBlocks(document: string): readonly CodeBlock[] {
  const blocks: CodeBlock[] = []
  let open: { language: string; mark: string; line: number; lines: string[] } | null = null
  for (const [index, text] of fs.readFileSync(document, 'utf8').split('\n').entries()) {
    const fence = /^```(\S*)\s*(.*)$/.exec(text)
    if (fence === null) open?.lines.push(text)
    else if (open === null) open = { language: fence[1] ?? '', mark: fence[2] ?? '', line: index + 2, lines: [] }
    else {
      const { language, mark, line, lines } = open
      blocks.push({ document, line, language, mark, text: lines.join('\n') })
      open = null
    }
  }
  if (open !== null) throw new Error(`${document}:${open.line - 1} opens a code block that never ends`)
  return blocks
}

/** Links of a document that lead nowhere, as sentences. Addresses of the web are not visited. */
export function brokenLinks(document: string): readonly string[] {
  return linksOf(document).flatMap(({ target, file, heading }) => {
    if (!fs.existsSync(file)) return [`${document}: ${target} is not there`]
    if (heading === undefined || headingsOf(file).has(heading)) return []
    return [`${document}: ${target} has no such heading`]
  })
}

/** The files and folders that a document links to, by their paths from the root. */
export function linkedFiles(document: string): readonly string[] {
  return linksOf(document).map(({ file }) => file)
}

/** Files and folders that a document names in code font by a path from the root, and that do not exist. */
export function missingFiles(document: string): readonly string[] {
  const text = fs.readFileSync(document, 'utf8').replace(/^```[\s\S]*?^```/gm, '')
  const named = [
    ...text.matchAll(/`((?:src|adapters|projections|test|bench|docs)\/[^`\s*]+|[.][\w-]+[.](?:cjs|json))`/g),
  ]
  return named.flatMap(([, name = '']) => (fs.existsSync(name) ? [] : [`${document}: ${name} is not there`]))
}

function linksOf(document: string) {
  const text = withoutCode(fs.readFileSync(document, 'utf8'))
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '')
  return targets
    .filter((target) => !/^(https?|mailto):/.test(target))
    .map((target) => {
      const [name = '', heading] = target.split('#')
      const file = name === '' ? document : path.posix.join(path.posix.dirname(document), name)
      return { target, file, heading }
    })
}

/** As the usual hosts make them: lower case, punctuation gone, spaces to hyphens. */
function headingsOf(document: string): ReadonlySet<string> {
  const headings = withoutCode(fs.readFileSync(document, 'utf8')).matchAll(/^#+\s+(.*)$/gm)
  return new Set(
    [...headings].map((match) =>
      (match[1] ?? '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  )
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '')
}
