// The ways to print. An answer goes to stdout, as JSON with --json and otherwise as lines for a person. Progress and notes
// go to stderr, so that stdout carries the answer alone.

import { once } from 'node:events'
import type { Context } from './context.js'

/** Prints the lines of `render`, or with --json the answer itself as one document. */
export function printAnswer<T>(
  { json }: Pick<Context, 'json'>,
  answer: T,
  render: (answer: T) => readonly string[],
): void {
  const text = json ? JSON.stringify(answer, null, 2) : render(answer).join('\n')
  process.stdout.write(`${text}\n`)
  if (isFromSpool(answer)) note('The server is away. This answer covers only what was tracked on this device.')
}

function isFromSpool(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'fromSpool' in answer
}

/** Writes a piece of a long answer, and waits while the reader is behind. */
export async function writeOut(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain')
}

export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}
