// How answers are printed: JSON where asked, else what a person reads. Everything that is data goes through here, so
// that stdout carries the answer and nothing else.

import { once } from 'node:events'
import type { Context } from './context.js'

/** `render` gives lines for a person; with --json the answer itself is printed, one document. */
export function printAnswer<T>(context: Context, answer: T, render: (answer: T) => readonly string[]): void {
  const text = context.json ? JSON.stringify(answer, null, 2) : render(answer).join('\n')
  process.stdout.write(`${text}\n`)
  if (isFromSpool(answer)) note('The server is away: this is what was tracked on this device.')
}

function isFromSpool(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'fromSpool' in answer
}

/** A piece of a long answer; waits while the reader is behind. */
export async function writeOut(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain')
}

/** Progress and notes; never mixed into the data. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}
