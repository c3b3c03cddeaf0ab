// Opens a store for the length of a test, on a file of its own that is removed afterwards.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DiagnosticsSnapshot } from '../../src/ports/diagnostics-types.js'
import type { ImmersionTrackingStore } from '../../src/ports/store-types.js'
import type { StoreConfig } from '../../src/store/config.js'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'

export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'immersion-store-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** On SQLite in a fresh file, unless the configuration names something else. */
export function withStore<T>(
  config: StoreConfig,
  work: (store: ImmersionTrackingStore, folder: string) => Promise<T>,
): Promise<T> {
  return withFolder(async (folder) => {
    const storage = config.storage ?? { path: join(folder, 'immersion.sqlite') }
    const store = await openImmersionTrackingStore({ ...config, storage })
    try {
      return await work(store, folder)
    } finally {
      await store.close({ timeoutMs: 2000 }).catch(() => undefined)
    }
  })
}

/** What admission let in and what became of it; both are equal at any moment. */
export function accountOf(snapshot: DiagnosticsSnapshot): { readonly admitted: number; readonly accounted: number } {
  const { admitted, acknowledged, waiting, inFlight, summarized, dropped, setAside } = snapshot
  return { admitted, accounted: acknowledged + waiting + inFlight + summarized + dropped + setAside }
}

/** Looks every few milliseconds until it is so; fails after the time. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const endMs = performance.now() + timeoutMs
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
