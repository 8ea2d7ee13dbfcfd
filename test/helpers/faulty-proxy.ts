import { type AddressInfo, createServer, type Server, Socket } from 'node:net'

/** A TCP proxy between a client and the API server, for what networks do. */
export class FaultyProxy {
  readonly #target: { readonly host: string; readonly port: number }
  readonly #server: Server
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  #isRefusing = false

  private constructor(target: { host: string; port: number }) {
    this.#target = target
    this.#server = createServer((client) => this.#join(client))
  }

  static async start(target: { host: string; port: number }): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Resets every connection. */
  cut(): void {
    for (const pair of this.#pairs) {
      pair.forEach((socket) => socket.resetAndDestroy())
    }
  }

  /** Resets every connection and lets no new one in, until told otherwise. */
  refuse(isRefusing: boolean): void {
    this.#isRefusing = isRefusing
    if (isRefusing) {
      this.cut()
    }
  }

  /** Half-open: keeps the connections there are and passes nothing more through them; new ones work. */
  swallow(): void {
    for (const [client, server] of this.#pairs) {
      client.unpipe(server)
      server.unpipe(client)
      client.resume()
      server.resume()
    }
  }

  stop(): void {
    this.cut()
    this.#server.close()
  }

  #join(client: Socket): void {
    if (this.#isRefusing) {
      client.resetAndDestroy()
      return
    }
    const server = new Socket()
    const pair = [client, server] as const
    this.#pairs.add(pair)
    for (const socket of pair) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#pairs.delete(pair)
        pair.forEach((other) => other.destroy())
      })
    }
    server.connect(this.#target.port, this.#target.host)
    client.pipe(server)
    server.pipe(client)
  }
}
