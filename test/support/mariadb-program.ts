// The MariaDB of the machine: how an empty one is made, started and stopped. Called by server-programs.ts.

import * as path from 'node:path'
import { programFile, runToEnd } from './program-files.js'
import type { ServerProgram } from './server-program.js'

export function mariadbProgram(): ServerProgram | { readonly missing: string } {
  const install = programFile('mariadb-install-db')
  const mariadbd = programFile('mariadbd')
  if (install === null || mariadbd === null) return { missing: 'MariaDB is not installed (mariadbd)' }
  // It serves as root only when told so.
  const asRoot = process.getuid?.() === 0 ? ['--user=root'] : []
  // Its own folder for temporary tables too: they are named by process ids, which containers with one /tmp share.
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
        // These lose nothing when the server is killed, only when the machine is.
        ...['--innodb-flush-method=nosync', '--innodb-doublewrite=0', '--innodb-flush-log-at-trx-commit=2'],
        // Whoever leaves a time zone to the server is found out.
        '--default-time-zone=+09:00',
      ],
    }),
  }
}
