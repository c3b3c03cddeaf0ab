// What a command says, and how it ends. An answer goes to stdout, as JSON with --json and otherwise as lines for a person.
// Notes, progress and the question before a deletion go to stderr, so that stdout carries the answer alone.

import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { ImmersionError } from '../events/errors.js'
import type { PassProgress } from '../ports/report-types.js'
import * as say from './wording.js'

// The exit codes besides 0, as the README documents them.
/** The command failed, or found damage. */
export const EXIT_FAILED = 1
/** The command was used wrongly. */
export const EXIT_USAGE = 2
/** A second signal ended the program before everything was recorded. */
export const EXIT_INTERRUPTED = 130

export type Lines = readonly string[]

/** Prints the lines of `render`, or with --json the answer itself as one document. */
export function printAnswer<T>({ json }: { readonly json: boolean }, answer: T, render: (answer: T) => Lines): void {
  const text = json ? JSON.stringify(answer, null, 2) : render(answer).join('\n')
  process.stdout.write(`${text}\n`)
  if (typeof answer === 'object' && answer !== null && 'fromSpool' in answer) {
    note('The server is away. This answer covers only what was tracked on this device.')
  }
}

/** At most `most` of the items, each on an indented line, and a line about the rest. */
export function shortList(items: Lines, most: number, restText: (rest: number) => string, count = items.length): Lines {
  const shown = items.slice(0, most).map((item) => `  ${item}`)
  return count > shown.length ? [...shown, `  and ${restText(count - shown.length)}`] : shown
}

/** Writes a piece of a long answer, and waits while the reader is behind. */
export async function writeOut(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain')
}

export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** A redraw for every event would cost more than the pass itself. */
const REDRAW_MS = 200
const CLEAR_LINE = '\r\u001b[K'

type Progress = PassProgress & { readonly elapsedMs?: number }

/**
 * Runs `work` with a function that draws its progress in `noun` on one line of the terminal, and removes the line
 * afterwards. Nothing is drawn where stderr is no terminal.
 */
export async function withProgress<T>(
  noun: string,
  work: (onProgress: (progress: Progress) => void) => Promise<T>,
): Promise<T> {
  let drawnAtMs = 0
  try {
    return await work((progress) => {
      const nowMs = Date.now()
      if (!process.stderr.isTTY || nowMs - drawnAtMs < REDRAW_MS) return
      drawnAtMs = nowMs
      process.stderr.write(`${CLEAR_LINE}${progressText(noun, progress)}`)
    })
  } finally {
    if (process.stderr.isTTY) process.stderr.write(CLEAR_LINE)
  }
}

/** Where the elapsed time is known, with the rate and the time that is left at that rate. */
function progressText(noun: string, { done, total, elapsedMs = 0 }: Progress): string {
  const text = `${say.number(done)} of ${say.number(total)} ${noun}`
  if (done === 0 || elapsedMs === 0) return text
  const leftMs = ((total - done) / done) * elapsedMs
  return `${text}, ${say.number((done / elapsedMs) * 1000)} per second, ${say.duration(leftMs)} left`
}

export const YES_OPTION = ['--yes', 'do not ask for confirmation'] as const

export interface YesOption {
  readonly yes?: boolean
}

/**
 * Whether `word` was typed after `warning`, or --yes was given. The word is a full one, because nobody types one by mistake.
 * Where it was not typed, nothing may be deleted, and the command ends with exit code 1.
 */
export async function isConfirmed(
  { yes }: YesOption,
  { name, warning, word }: { readonly name: string; readonly warning: string; readonly word: string },
): Promise<boolean> {
  if (yes === true) return true
  if (process.stdin.isTTY !== true) {
    throw new ImmersionError('INVALID_ARGUMENT', 'No terminal is attached, so the deletion cannot be confirmed.', {
      hint: 'Add --yes to delete without confirmation.',
      details: { name },
    })
  }
  note(warning)
  const typed = await typedText(`Type ${word} to delete it: `)
  if (typed === word) return true
  note('Nothing was deleted.')
  process.exitCode = EXIT_FAILED
  return false
}

/** Null after Ctrl-C, or at the end of the input. */
async function typedText(prompt: string): Promise<string | null> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const closed = new AbortController()
  terminal.once('close', () => closed.abort())
  try {
    return await terminal.question(prompt, { signal: closed.signal })
  } catch {
    return null
  } finally {
    terminal.close()
  }
}
