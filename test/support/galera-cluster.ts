// Two nodes of a Galera cluster of MariaDB on this machine, for one test. Nothing of them is left when the test ends.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import * as net from 'node:net'
import * as os from 'node:os'
import * as path from 'node:path'
import { programFile, runToEnd } from './program-files.js'
import type { Requirement } from './requires.js'
import { ask } from './server-connection.js'
import { until } from './until.js'

const PROVIDERS = ['/usr/lib/galera/libgalera_smm.so', '/usr/lib64/galera-4/libgalera_smm.so']
/** The unprivileged user id of every Unix (`nobody`): the servers that copy a node's files to another refuse to serve root. */
const OWNER = process.getuid?.() === 0 ? 65_534 : undefined
const DATABASE = 'immersion'
/** The second node gets a copy of all files of the first one. */
const START_TIMEOUT_MS = 120_000

export interface GaleraNode {
  readonly port: number
  /** Of the log's database. */
  readonly url: string
  ask(sql: string): Promise<readonly Record<string, unknown>[]>
  /** Ends it at once, as a power cut does. */
  kill(): Promise<void>
}

export function galera(): Requirement {
  const programs = ['mariadbd', 'mariadb-install-db', 'rsync'].filter((name) => programFile(name) === null)
  const missing = [...programs, ...(provider() === undefined ? ['galera-4'] : [])]
  return { name: 'galera', missing: missing.length === 0 ? null : `${missing.join(', ')} not installed` }
}

/** Both nodes hold the empty database `immersion`. */
export async function withGalera(work: (first: GaleraNode, second: GaleraNode) => Promise<void>): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-galera-'))
  if (OWNER !== undefined) fs.chownSync(folder, OWNER, OWNER)
  const servers: ChildProcess[] = []
  const killAll = () => {
    for (const server of servers) server.kill('SIGKILL')
  }
  process.once('exit', killAll)
  try {
    const ports = await freePorts(8)
    const first = await startNode(folder, ports.slice(0, 4), 'gcomm://', servers)
    const second = await startNode(folder, ports.slice(4), `gcomm://127.0.0.1:${ports[1]}`, servers)
    await until('the cluster has two nodes', async () => {
      const [size] = await first.ask("show status like 'wsrep_cluster_size'")
      return size?.Value === '2'
    })
    await first.ask(`create database ${DATABASE}`)
    await work(first, second)
  } finally {
    process.off('exit', killAll)
    const gone = servers.map((server) => isGone(server) || once(server, 'exit'))
    killAll()
    await Promise.all(gone)
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/** Its ports: for clients, for the cluster, and for the two ways in which it gets what it lacks. */
async function startNode(
  folder: string,
  [port, cluster, increments, files]: readonly number[],
  address: string,
  servers: ChildProcess[],
): Promise<GaleraNode> {
  const data = path.join(folder, `node-${port}`)
  const as = OWNER === undefined ? {} : { uid: OWNER, gid: OWNER }
  const create = ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db']
  runToEnd(programFile('mariadb-install-db') ?? '', create, folder, OWNER)
  const log = fs.openSync(path.join(folder, `node-${port}.log`), 'w')
  const server = spawn(
    programFile('mariadbd') ?? '',
    [
      ...['--no-defaults', `--datadir=${data}`, `--tmpdir=${folder}`, `--socket=${path.join(folder, `${port}`)}`],
      ...[`--port=${port}`, '--bind-address=127.0.0.1', '--skip-name-resolve', '--innodb-buffer-pool-size=32M'],
      ...['--binlog-format=ROW', '--default-storage-engine=InnoDB', '--innodb-autoinc-lock-mode=2'],
      ...['--innodb-flush-log-at-trx-commit=2', '--wsrep-on=ON', `--wsrep-provider=${provider()}`],
      ...[`--wsrep-cluster-address=${address}`, `--wsrep-node-address=127.0.0.1:${cluster}`],
      `--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:${cluster};ist.recv_addr=127.0.0.1:${increments};gcache.size=16M`,
      ...['--wsrep-sst-method=rsync', `--wsrep-sst-receive-address=127.0.0.1:${files}`],
    ],
    { cwd: folder, stdio: ['ignore', log, log], ...as },
  )
  fs.closeSync(log)
  servers.push(server)
  const maintenance = `mysql://root@127.0.0.1:${port}/mysql`
  const isReady = async () => {
    if (isGone(server)) throw new Error(fs.readFileSync(path.join(folder, `node-${port}.log`), 'utf8').slice(-2_000))
    const [ready] = await ask('mysql', maintenance, "show status like 'wsrep_ready'").catch(() => [])
    return ready?.Value === 'ON'
  }
  await until('a node is ready', isReady, START_TIMEOUT_MS)
  return {
    port: Number(port),
    url: `mysql://root@127.0.0.1:${port}/${DATABASE}`,
    ask: (sql) => ask('mysql', maintenance, sql),
    async kill() {
      const gone = once(server, 'exit')
      server.kill('SIGKILL')
      await gone
    },
  }
}

function provider(): string | undefined {
  return PROVIDERS.find((file) => fs.existsSync(file))
}

function isGone({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = net.createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}
