import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What the server shows to the API server, in PEM. */
export interface ServingCertificate {
  readonly cert: string
  readonly key: string
}

export interface TlsServer {
  readonly port: number
  /** Takes effect for new connections at once; those that are open stay as they are. */
  setCertificate(certificate: ServingCertificate): void
  close(): Promise<void>
}

/**
 * The API server keeps idle connections for 90 s; ours must live longer, or it would write into a closed one. That goes for all three:
 * Node counts a connection on which nothing was ever sent as a request under way, and Go opens some in advance.
 */
export const serverLimits = { keepAliveTimeout: 120_000, requestTimeout: 130_000, headersTimeout: 130_000 } as const

/** The API server sends a review at once; each body that does not come holds up to 8 MiB. */
export const bodyLimitMs = 10_000

/** What Node's own limit of a request cannot do, since that counts idle connections too. */
function limitBody(request: IncomingMessage): void {
  const timer = setTimeout(() => request.destroy(), bodyLimitMs)
  request.once('close', () => clearTimeout(timer))
}

/** Listens with TLS; Express answers. */
export async function listenWithTls(
  listener: RequestListener,
  certificate: ServingCertificate,
  port: number,
): Promise<TlsServer> {
  const server: HttpsServer = createHttpsServer({ ...certificate, minVersion: 'TLSv1.2', ...serverLimits }, listener)
  server.on('request', limitBody)
  // A client that breaks off its handshake is its own affair.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  return {
    port: await listen(server, port),
    setCertificate: ({ cert, key }) => server.setSecureContext({ cert, key, minVersion: 'TLSv1.2' }),
    close: () => closeServer(server),
  }
}

export interface HealthDeps {
  /** Empty where everything is well; else what is missing. */
  readonly findUnready: () => readonly string[]
  readonly renderMetrics: () => string
}

/** Probes and metrics on a plain port of their own: kubelet and Prometheus have no certificate of ours to trust. */
export async function listenForHealth(
  deps: HealthDeps,
  port: number,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createHttpServer((request, response) => {
    const { status, text } = answerProbe(request.url ?? '', deps)
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text)
  })
  return { port: await listen(server, port), close: () => closeServer(server) }
}

function answerProbe(
  url: string,
  { findUnready, renderMetrics }: HealthDeps,
): { readonly status: number; readonly text: string } {
  if (url === '/healthz') return { status: 200, text: 'ok\n' }
  if (url === '/metrics') return { status: 200, text: renderMetrics() }
  if (url !== '/readyz') return { status: 404, text: 'not found\n' }
  const missing = findUnready()
  return missing.length === 0 ? { status: 200, text: 'ok\n' } : { status: 503, text: `${missing.join('\n')}\n` }
}

async function listen(server: Server | HttpsServer, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, resolve)
  await promise
  server.off('error', reject)
  return (server.address() as AddressInfo).port
}

const closeLimitMs = 5000

/** Lets what is under way end, for a while. */
async function closeServer(server: Server | HttpsServer): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  const limit = new AbortController()
  const late = sleep(closeLimitMs, undefined, { signal: limit.signal }).then(
    () => server.closeAllConnections(),
    () => undefined,
  )
  await Promise.race([closed, late])
  limit.abort()
  await closed
}
