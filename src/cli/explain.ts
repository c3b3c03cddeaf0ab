// `immersion explain CODE`: the meaning of an error code, its usual cause and the remedy. It reads no configuration, because
// it has to explain INVALID_CONFIG too.

import { ERROR_CODES, type ErrorExplanation, REPORT_CODES } from '../events/error-codes.js'
import { ImmersionError } from '../events/errors.js'
import type { ContextCommand } from './context.js'
import { printAnswer } from './output.js'
import { type Column, table } from './pictures.js'

const CODES: Readonly<Record<string, ErrorExplanation>> = { ...ERROR_CODES, ...REPORT_CODES }
const COLUMNS: readonly Column<[code: string, ErrorExplanation]>[] = [
  { title: 'code', cell: ([code]) => code },
  { title: 'meaning', cell: ([, { meaning }]) => meaning },
]

export function addExplainCommand(program: ContextCommand): void {
  const explain = program
    .command('explain [code]')
    .description('explain an error code, its cause and its remedy; without a code, list them')
  explain.action((name?: string) => {
    const context = { json: explain.optsWithGlobals<{ readonly json?: boolean }>().json === true }
    if (name === undefined) printAnswer(context, CODES, () => table(COLUMNS, Object.entries(CODES)))
    else printAnswer(context, explanationOf(name), explanationLines)
  })
}

function explanationOf(name: string): ErrorExplanation & { readonly code: string } {
  const code = name.toUpperCase()
  const explanation = Object.hasOwn(CODES, code) ? CODES[code] : undefined
  if (explanation !== undefined) return { code, ...explanation }
  throw new ImmersionError('INVALID_ARGUMENT', `there is no error code ${JSON.stringify(name)}`, {
    hint: '`immersion explain` lists the codes.',
    details: { code: name },
  })
}

function explanationLines({ code, meaning, cause, remedy }: ReturnType<typeof explanationOf>): readonly string[] {
  return [`${code}: ${meaning}.`, `Cause: ${cause}`, `Remedy: ${remedy}`]
}
