// CPU time of each thread of this process, from what Linux keeps in /proc. On a shared machine, time on the clock
// says as much about the neighbours as about the program; CPU time says how fast it would be if a core were free.

import * as fs from 'node:fs'

/** Nanoseconds of CPU by thread id; empty where the system does not tell. */
type ThreadTimes = ReadonlyMap<string, number>

const TASKS = '/proc/self/task'

function threadTimes(): ThreadTimes {
  const times = new Map<string, number>()
  if (!fs.existsSync(TASKS)) return times
  for (const thread of fs.readdirSync(TASKS)) {
    const spent = readSpent(thread)
    if (spent !== null) times.set(thread, spent)
  }
  return times
}

/** A thread may end between the listing and the reading. */
function readSpent(thread: string): number | null {
  try {
    return Number(fs.readFileSync(`${TASKS}/${thread}/schedstat`, 'utf8').split(' ')[0])
  } catch {
    return null
  }
}

/** Milliseconds of the thread that worked most in between: the one that limits the pace. NaN where the system does not tell. */
function busiestThreadMs(before: ThreadTimes, after: ThreadTimes): number {
  let most = Number.NaN
  for (const [thread, spent] of after) {
    const ms = (spent - (before.get(thread) ?? 0)) / 1e6
    if (!(ms <= most)) most = ms
  }
  return most
}

export interface Time {
  /** On the clock. */
  readonly elapsedMs: number
  /** CPU time of the busiest thread. */
  readonly busiestMs: number
}

/** Starts now; what it answers, ends. */
export function startTimer(): () => Time {
  const threads = threadTimes()
  const startedMs = performance.now()
  return () => {
    const elapsedMs = performance.now() - startedMs
    return { elapsedMs, busiestMs: busiestThreadMs(threads, threadTimes()) }
  }
}

export async function timeOf(work: () => unknown): Promise<Time> {
  const end = startTimer()
  await work()
  return end()
}
