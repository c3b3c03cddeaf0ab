// How connections are lent: at most as many as configured, never one that has failed or is within a transaction, and one
// that was idle for long only after it has answered. Connections here are played, so nothing waits for a server.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { MysqlConnection } from '../../adapters/mysql/connection.js'
import { MysqlPool } from '../../adapters/mysql/pool.js'
import { serverOptions } from '../../adapters/server/options.js'
import { refused } from '../../src/contract/cases/contract-case.js'

const test = suite('mysql: connections')

interface Played extends MysqlConnection {
  readonly id: number
  usable: boolean
  answering: boolean
  state: 'open' | 'ended' | 'destroyed'
}

async function playedPool(poolSize: number) {
  const opened: Played[] = []
  const clock = { nowMs: 0, fails: false }
  async function open(): Promise<MysqlConnection> {
    if (clock.fails) throw new Error('unreachable')
    const played: Played = {
      id: opened.length,
      usable: true,
      answering: true,
      state: 'open',
      packetMaxBytes: 1024,
      isOfCluster: false,
      query: async () => ({ rows: [], changes: 0 }),
      isUsable: () => played.usable,
      answers: async () => played.answering,
      withoutLimits: async () => {},
      end: async () => {
        played.state = 'ended'
      },
      destroy: () => {
        played.state = 'destroyed'
      },
    }
    opened.push(played)
    return played
  }
  const options = serverOptions('mysql', { database: 'immersion', user: 'me', poolSize })
  const connections = new MysqlPool(options, open, () => clock.nowMs)
  const lentId = () => connections.lend(async (connection) => opened.indexOf(connection as Played))
  return { connections, opened, clock, lentId }
}

test('work waits while all connections are lent, and gets them in the order in which it asked', async () => {
  const { connections, opened } = await playedPool(2)
  const ended: (() => void)[] = []
  const order: number[] = []
  const work = (number: number) =>
    connections.lend(async () => {
      order.push(number)
      await new Promise<void>((resolve) => ended.push(resolve))
    })
  const all = [1, 2, 3, 4].map(work)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(order, [1, 2])
  for (let index = 0; index < 4; index++) {
    ended[index]?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all(all)
  assert.equal(order, [1, 2, 3, 4])
  assert.is(opened.length, 2)
})

test('a connection that failed, or came back within a transaction, is thrown away', async () => {
  const { opened, lentId } = await playedPool(1)
  assert.equal([await lentId(), await lentId()], [0, 0])
  const [first] = opened as [Played]
  first.usable = false
  assert.equal([await lentId(), await lentId()], [1, 1])
  assert.is(first.state, 'destroyed')
})

test('a connection that was idle for half a minute is asked first, and replaced when it does not answer', async () => {
  const { opened, clock, lentId } = await playedPool(1)
  await lentId()
  const [first] = opened as [Played]
  first.answering = false
  clock.nowMs = 29_999
  assert.is(await lentId(), 0, 'used a moment ago')
  clock.nowMs = 60_000
  assert.is(await lentId(), 1)
  assert.is(first.state, 'destroyed')
  clock.nowMs = 120_000
  assert.is(await lentId(), 1, 'it answers')
})

test('connections that cannot be opened take no place from later ones', async () => {
  const { clock, lentId } = await playedPool(1)
  clock.fails = true
  for (let turn = 0; turn < 3; turn++) {
    const failed = await lentId().catch((error: Error) => error.message)
    assert.is(failed, 'unreachable')
  }
  clock.fails = false
  assert.is(await lentId(), 0)
})

test('closing waits for what is lent, ends the connections, and lends no more', async () => {
  const { connections, opened } = await playedPool(1)
  let finish: (() => void) | undefined
  const work = connections.lend(() => new Promise<void>((resolve) => (finish = resolve)))
  await new Promise((resolve) => setImmediate(resolve))
  const closed = connections.close()
  await refused(() => connections.lend(async () => {}), 'STORE_CLOSED')
  assert.is(opened[0]?.state, 'open')
  finish?.()
  await Promise.all([work, closed, connections.close()])
  assert.is(opened[0]?.state, 'ended')
})

test.run()
