// The MariaDB of the machine: how an empty server is created, started and stopped. Called by server-programs.ts.

import * as path from 'node:path'
import { programFile, runToEnd } from './program-files.js'
import type { ServerProgram } from './server-program.js'

export function mariadbProgram(): ServerProgram | { readonly missing: string } {
  const install = programFile('mariadb-install-db')
  const mariadbd = programFile('mariadbd')
  if (install === null || mariadbd === null) return { missing: 'MariaDB is not installed (mariadbd)' }
  // MariaDB runs as root only with this option.
  const asRoot = process.getuid?.() === 0 ? ['--user=root'] : []
  // It also gets a folder of its own for temporary tables. They are named by process ids, and containers may share a /tmp.
  const shared = (folder: string) => [
    ...['--no-defaults', ...asRoot],
    ...[`--datadir=${path.join(folder, 'data')}`, `--tmpdir=${folder}`],
  ]
  return {
    user: 'root',
    owner: undefined,
    atOnce: 'SIGKILL',
    inOrder: 'SIGTERM',
    create(folder) {
      runToEnd(install, [...shared(folder), '--auth-root-authentication-method=normal', '--skip-test-db'], folder)
    },
    command: (folder, port) => ({
      file: mariadbd,
      args: [
        ...[...shared(folder), `--socket=${path.join(folder, 'socket')}`, `--pid-file=${path.join(folder, 'pid')}`],
        ...[`--port=${port}`, '--bind-address=127.0.0.1', '--skip-name-resolve', '--max-connections=200'],
        '--innodb-buffer-pool-size=64M',
        // These settings lose data only when the machine crashes, not when the server is killed.
        ...['--innodb-flush-method=nosync', '--innodb-doublewrite=0', '--innodb-flush-log-at-trx-commit=2'],
        // Code that leaves the time zone to the server fails in this zone.
        '--default-time-zone=+09:00',
      ],
    }),
  }
}
