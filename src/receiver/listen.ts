import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Listening {
  readonly port: number
  /** Takes no more connections, and ends those on which nothing happens. */
  close(): void
  /** Ends all that are left. */
  cut(): void
}

/** Proxies keep idle connections for about a minute; ours must live longer, or they would write into a closed one. */
const keepAliveMs = 120_000
/** Until the head of a request is there. Bodies have a limit of their own, which answers. */
const headLimitMs = 10_000
const requestLimitMs = 15_000
const checkMs = 1000
/** Each costs some 20 kB. */
const mostConnections = 4096

/** Plain HTTP: TLS ends at the Ingress or Gateway before it. */
export async function listen(listener: RequestListener, port: number): Promise<Listening> {
  const server = createServer(
    {
      keepAliveTimeout: keepAliveMs,
      headersTimeout: headLimitMs,
      requestTimeout: requestLimitMs,
      connectionsCheckingInterval: checkMs,
    },
    listener,
  )
  server.maxConnections = mostConnections
  await open(server, port)
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close()
    },
    cut: () => server.closeAllConnections(),
  }
}

export interface HealthDeps {
  readonly isReady: () => boolean
  /** Milliseconds since the API server was heard last. */
  readonly silentForMs: () => number
  readonly renderMetrics: () => string
}

/** The connections are listed anew at least each 5 minutes. */
const longestSilenceMs = 360_000

/** Probes and metrics, on a port that is not exposed. */
export function createHealthListener({ isReady, silentForMs, renderMetrics }: HealthDeps): RequestListener {
  const probe = (isGood: boolean) => ({ status: isGood ? 200 : 503, text: isGood ? 'ok\n' : 'not ok\n' })
  const pages: ReadonlyMap<string, () => { readonly status: number; readonly text: string }> = new Map([
    ['/healthz', () => probe(silentForMs() < longestSilenceMs)],
    ['/readyz', () => probe(isReady())],
    ['/metrics', () => ({ status: 200, text: renderMetrics() })],
  ])
  return (request, response) => {
    const page = pages.get((request.url ?? '').split('?')[0] ?? '')
    const { status, text } = page?.() ?? { status: 404, text: 'not found\n' }
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text)
  }
}

async function open(server: Server, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, resolve)
  await promise
  server.off('error', reject)
}
