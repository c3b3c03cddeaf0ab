// Maintains a log without end, in steps that follow from its seed, and prints each step before it begins. killed-upkeep.test.ts
// kills it during a step.

import { writeSync } from 'node:fs'
import { seededDraw } from '../../src/contract/law/draw.js'
import { uuidV8FromSha256 } from '../../src/events/ids.js'
import type { CorrectionRequest } from '../../src/ports/correction-types.js'
import { appendSession, openUpkeepLog, sessionIdOf, videoKeyOf } from './upkeep-log.js'

const [path = '', number = '', sessionCount = ''] = process.argv.slice(2)
const draw = seededDraw(Number(number))
const engine = await openUpkeepLog(path)
let corrections = 0

function correct(method: CorrectionRequest['method'], ...args: readonly unknown[]): Promise<unknown> {
  return engine.correct({ method, args, correctionId: uuidV8FromSha256(`correction ${number} ${corrections++}`) })
}

const anySession = () => sessionIdOf(draw(1, Number(sessionCount)))

const STEPS: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['append', () => appendSession(engine, Number(number))],
  ['prune', () => engine.retain({})],
  ['vacuum', () => engine.retain({ vacuumAfterMs: 0 })],
  ['widen', () => engine.configure({ retention: { dailyDays: 0, monthlyMonths: 0 } })],
  ['narrow', () => engine.configure({ retention: { dailyDays: 30 * draw(1, 20), monthlyMonths: draw(1, 30) } })],
  ['rebuild', () => engine.rebuild({})],
  ['rebuild from the log', () => engine.rebuild({ fromLog: true })],
  ['day start', () => engine.configure({ dayStartsAtHour: draw(0, 12) })],
  ['discard', () => correct('discardSession', anySession())],
  ['restore', () => correct('restoreSession', anySession())],
  ['merge', () => correct('mergeVideos', videoKeyOf(draw(0, 2)), videoKeyOf(draw(0, 2)))],
  ['rename', () => correct('renameVideo', videoKeyOf(draw(0, 2)), { title: `title ${draw(0, 9)}` })],
]

await appendSession(engine, Number(number))
for (;;) {
  const [name, step] = STEPS[draw(0, STEPS.length - 1)] as (typeof STEPS)[number]
  writeSync(1, `${name}\n`)
  // A step about an unrecorded session, or a merge of a video into itself, is refused, and does no harm.
  await step().catch(() => undefined)
}
