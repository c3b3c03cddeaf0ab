// A proxy between a program and a database server that cuts connections at the worst moment: after a transaction has committed
// and before its answer has arrived. It knows no protocol. While it is armed, it queries the server over a connection of its
// own before it passes on any answer. If something was committed, it drops the answer.

import { once } from 'node:events'
import * as net from 'node:net'

export interface CuttingProxy {
  readonly port: number
  /** Cuts off the next answer to a committed transaction. Resolves when that has happened. */
  cutNextCommit(): Promise<void>
  close(): Promise<void>
}

export async function startCuttingProxy(options: {
  readonly serverPort: number
  /** A value that every commit changes, read without the proxy. */
  readonly committed: () => Promise<unknown>
}): Promise<CuttingProxy> {
  const sockets = new Set<net.Socket>()
  let cut: { readonly before: unknown; readonly done: () => void } | null = null

  const listener = net.createServer((client) => {
    const upstream = net.connect(options.serverPort, '127.0.0.1')
    const end = () => {
      client.destroy()
      upstream.destroy()
      sockets.delete(client)
      sockets.delete(upstream)
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay(true))
      socket.on('error', end).on('close', end)
    }
    client.on('data', (chunk) => upstream.write(chunk))
    let passing = Promise.resolve()
    upstream.on('data', (chunk) => {
      passing = passing.then(async () => {
        const armed = cut
        if (armed !== null && (await options.committed()) !== armed.before && cut === armed) {
          cut = null
          end()
          armed.done()
          return
        }
        if (!client.destroyed) client.write(chunk)
      })
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as net.AddressInfo
  return {
    port,
    async cutNextCommit() {
      const before = await options.committed()
      await new Promise<void>((done) => {
        cut = { before, done }
      })
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      listener.close()
      await once(listener, 'close')
    },
  }
}
