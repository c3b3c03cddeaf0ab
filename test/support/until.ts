// Waits for a condition instead of sleeping, so that a busy machine makes a test slower, but does not fail it.

const LOOK_AGAIN_MS = 10
const GIVE_UP_MS = 60_000

/** Resolves to the first answer that is not undefined, null or false. Fails with `what` when none comes in time. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  giveUpMs = GIVE_UP_MS,
): Promise<Exclude<T, undefined | null | false>> {
  const endMs = performance.now() + giveUpMs
  for (;;) {
    const seen = await look()
    if (isThere(seen)) return seen
    if (performance.now() > endMs) throw new Error(`waited ${giveUpMs} ms in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
  }
}

function isThere<T>(seen: T): seen is Exclude<T, undefined | null | false> {
  return seen !== undefined && seen !== null && seen !== false
}
