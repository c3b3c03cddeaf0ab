// Contract cases of planMigrations: it says what opening a log would change in its database, and changes nothing itself.

import assert from 'node:assert/strict'
import { rowTableOf } from '../../engine/built-in-projections.js'
import type { MigrationPlan } from '../../ports/event-log.js'
import { onLog } from './case-log.js'
import { numbersTo, type PortCase, TABLES } from './contract-case.js'

const LATER = rowTableOf({ name: 'later', version: 1, key: { weekday: 'integer' } })

function assertStepsLeadTo({ schemaVersion, latestVersion, steps }: MigrationPlan): void {
  const versions = steps.map(({ version }) => version - schemaVersion)
  assert.deepEqual(versions, numbersTo(latestVersion - schemaVersion))
}

const closedCase: PortCase = {
  part: 'Store',
  name: 'a plan leads from the present schema to the newest one, and changes nothing',
  needs: ['migration-plan'],
  async run(open, plan) {
    const before = await plan()
    assert.ok(before.latestVersion >= 1)
    assertStepsLeadTo(before)
    // If the first plan had changed anything, the second would be shorter.
    assert.deepEqual(await plan(), before)
    const log = await open()
    await log.close()
  },
}

const openCases = onLog('Store', ['migration-plan'], {
  async 'the plan for a log that is open is empty'(log) {
    const head = await log.fill()
    await log.unchanged(async () => {
      const { schemaVersion, latestVersion, steps, tables } = await log.plan(TABLES)
      assert.deepEqual([schemaVersion, [...steps], [...tables]], [latestVersion, [], []])
      assert.equal((await log.port.stats()).schemaVersion, schemaVersion)
      // A missing table may be planned, but planning must not create it.
      assert.deepEqual(await log.plan([...TABLES, LATER]), await log.plan([...TABLES, LATER]))
    })
    assert.deepEqual(await log.openProfile(), head)
  },
})

export const planCases: readonly PortCase[] = [closedCase, ...openCases]
