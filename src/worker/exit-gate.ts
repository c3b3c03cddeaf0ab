// Keeps a thread from being ended within a call of a database driver. Node ends its threads when the process exits; a
// native call that then fails (SQLite gives up waiting for a lock) finds no JavaScript to throw into and aborts the
// process, the host's exit code with it. So the process, at its exit, asks its threads to begin nothing more, and waits
// for the calls that are under way. Both sides of that are here; they share two integers.

/** Shared by the caller's thread and one worker. */
export type ExitGate = Int32Array

/** Set to 1 by the caller's thread: begin nothing more. */
const STOP = 0
/** Calls under way in the worker. */
const CALLS = 1

/** Longer than SQLite waits for a lock (2.5 s); what is stuck for longer cannot be waited for. */
const EXIT_WAIT_MS = 3000

/** For a thread that is about to start. It is in its first call, the opening, from the beginning. */
export function createExitGate(): ExitGate {
  const gate = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
  gate[CALLS] = 1
  return gate
}

/** Threads that run. One listener serves them all, because Node warns of more than ten. */
const watched = new Set<ExitGate>()

/** From now on the process's exit waits for this thread; answers how to stop that. */
export function watchExit(gate: ExitGate): () => void {
  if (watched.size === 0) process.on('exit', waitForCalls)
  watched.add(gate)
  return () => {
    watched.delete(gate)
    if (watched.size === 0) process.off('exit', waitForCalls)
  }
}

export function askToStop(gate: ExitGate): void {
  Atomics.store(gate, STOP, 1)
}

function waitForCalls(): void {
  const endMs = performance.now() + EXIT_WAIT_MS
  for (const gate of watched) askToStop(gate)
  for (const gate of watched) {
    for (let calls = Atomics.load(gate, CALLS); calls > 0; calls = Atomics.load(gate, CALLS)) {
      const leftMs = endMs - performance.now()
      if (leftMs <= 0 || Atomics.wait(gate, CALLS, calls, leftMs) === 'timed-out') return
    }
  }
}

/** The worker's side: false when nothing more is to begin. */
export function enterCall(gate: ExitGate | undefined): boolean {
  if (gate === undefined) return true
  Atomics.add(gate, CALLS, 1)
  if (Atomics.load(gate, STOP) === 0) return true
  leaveCall(gate)
  return false
}

export function leaveCall(gate: ExitGate | undefined): void {
  if (gate === undefined) return
  Atomics.sub(gate, CALLS, 1)
  Atomics.notify(gate, CALLS)
}
