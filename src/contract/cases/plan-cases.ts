// Contract cases of planMigrations: it says what opening a log would change in its database, and changes nothing itself.

import assert from 'node:assert/strict'
import type { MigrationPlan, RowTable } from '../../ports/event-log.js'
import {
  contentOf,
  numbersTo,
  onLog,
  type PortCase,
  PROFILE,
  SETTINGS,
  someOfEverything,
  TABLES,
} from './contract-case.js'

const LATER: RowTable = { name: 'later', version: 1, key: [{ name: 'weekday', type: 'integer' }], indexes: [] }

function assertStepsLeadTo({ schemaVersion, latestVersion, steps }: MigrationPlan): void {
  const versions = steps.map(({ version }) => version - schemaVersion)
  assert.deepEqual(versions, numbersTo(latestVersion - schemaVersion))
}

const planCase = onLog('Store', 'migration-plan')

export const planCases: readonly PortCase[] = [
  {
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
  },

  planCase('the plan for a log that is open is empty', async (log, head, _open, plan) => {
    await log.commit(PROFILE, someOfEverything(head))
    const content = await contentOf(log)
    const { schemaVersion, latestVersion, steps, tables } = await plan(TABLES)
    assert.deepEqual([schemaVersion, [...steps], [...tables]], [latestVersion, [], []])
    assert.equal((await log.stats()).schemaVersion, schemaVersion)
    // A missing table may be planned, but planning must not create it.
    assert.deepEqual(await plan([...TABLES, LATER]), await plan([...TABLES, LATER]))
    assert.deepEqual(await contentOf(log), content)
    assert.deepEqual(await log.openProfile(PROFILE, SETTINGS), (content as { head: unknown }).head)
  }),
]
