// Contract cases of the ledger: sums that are added to, that may fall, and that vanish at zero.

import assert from 'node:assert/strict'
import type { LedgerRow } from '../../ports/event-log.js'
import { committed, ledgerRow, onLog, type PortCase, PROFILE, writesAfter } from './contract-case.js'

const telemetryCase = onLog('Telemetry')

export const telemetryCases: readonly PortCase[] = [
  telemetryCase('writes to the ledger are added to the existing sums', async (log, head) => {
    const first = await committed(
      log,
      writesAfter(head, { ledger: [ledgerRow(2, 8, { watchedMs: 15_000 }), ledgerRow(1, 9, { lines: 1, chars: 12 })] }),
    )
    await committed(
      log,
      writesAfter(first, {
        ledger: [
          ledgerRow(1, 9, { lines: 2, words: 5 }),
          ledgerRow(1, 9, { lines: 1 }, -300),
          ledgerRow(1, 8, { lines: 1 }),
        ],
      }),
    )
    const ledger = (streams?: number[]) => log.read(PROFILE, (snapshot) => snapshot.ledger(streams ? { streams } : {}))
    const expected: readonly LedgerRow[] = [
      ledgerRow(1, 8, { lines: 1 }),
      ledgerRow(1, 9, { lines: 1 }, -300),
      ledgerRow(1, 9, { lines: 3, chars: 12, words: 5 }),
      ledgerRow(2, 8, { watchedMs: 15_000 }),
    ]
    assert.deepEqual(await ledger(), expected)
    assert.deepEqual(await ledger([1]), expected.slice(0, 3))
    assert.deepEqual(await ledger([2, 1, 2]), expected)
    assert.deepEqual(await ledger([7]), [])
    assert.deepEqual(await ledger([]), [])
  }),

  telemetryCase('one entry may be written twice in one commit', async (log, head) => {
    const ledger = [ledgerRow(1, 9, { lines: 1 }), ledgerRow(1, 9, { lines: 2 })]
    await committed(log, writesAfter(head, { ledger }))
    assert.deepEqual(await log.read(PROFILE, (snapshot) => snapshot.ledger({})), [ledgerRow(1, 9, { lines: 3 })])
  }),

  telemetryCase('an entry whose sums reach zero is deleted, from above and from below', async (log, head) => {
    const ledger = () => log.read(PROFILE, (snapshot) => snapshot.ledger({}))
    const plus = ledgerRow(1, 9, { activeMs: 900, cards: 1 })
    const minus = ledgerRow(1, 9, { activeMs: -900, cards: -1 })
    let now = await committed(log, writesAfter(head, { ledger: [plus] }))
    now = await committed(log, writesAfter(now, { ledger: [minus] }))
    assert.deepEqual(await ledger(), [])
    now = await committed(log, writesAfter(now, { ledger: [minus] }))
    assert.deepEqual(await ledger(), [minus])
    now = await committed(log, writesAfter(now, { ledger: [ledgerRow(1, 9, { activeMs: 900 })] }))
    assert.deepEqual(await ledger(), [ledgerRow(1, 9, { cards: -1 })])
    await committed(log, writesAfter(now, { ledger: [ledgerRow(1, 9, { cards: 1 })] }))
    assert.deepEqual(await ledger(), [])
  }),

  telemetryCase('an entry stays while any of its sums is not zero, even where they cancel out', async (log, head) => {
    const ledger = [ledgerRow(1, 9, { lines: 5, chars: -5 }), ledgerRow(1, 10, { lines: 1, cards: 1 })]
    const first = await committed(log, writesAfter(head, { ledger }))
    await committed(log, writesAfter(first, { ledger: [ledgerRow(1, 10, { cards: -1 })] }))
    assert.deepEqual(await log.read(PROFILE, (snapshot) => snapshot.ledger({})), [
      ledgerRow(1, 9, { lines: 5, chars: -5 }),
      ledgerRow(1, 10, { lines: 1 }),
    ])
  }),

  telemetryCase('adding zeros creates no entry', async (log, head) => {
    await committed(log, writesAfter(head, { ledger: [ledgerRow(1, 9, {})] }))
    assert.deepEqual(await log.read(PROFILE, (snapshot) => snapshot.ledger({})), [])
  }),

  telemetryCase('sums are exact up to 2^53 − 1 and never cut to 32 bits', async (log, head) => {
    const largest = Number.MAX_SAFE_INTEGER
    const start = ledgerRow(1, 9, { watchedMs: largest - 1, chars: 2 ** 32, tokens: -largest })
    const first = await committed(log, writesAfter(head, { ledger: [start] }))
    await committed(log, writesAfter(first, { ledger: [ledgerRow(1, 9, { watchedMs: 1, chars: 2 ** 31 })] }))
    assert.deepEqual(await log.read(PROFILE, (snapshot) => snapshot.ledger({})), [
      ledgerRow(1, 9, { watchedMs: largest, chars: 2 ** 32 + 2 ** 31, tokens: -largest }),
    ])
  }),
]
