import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Access, AccessSource, TlsMaterial } from './access.ts'
import { isInCluster, readInClusterAccess } from './in-cluster.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
  /** Sending it twice does no harm: it may be sent again when a pooled connection turns out to be dead. */
  readonly isRepeatable: boolean
}

/** One API server and one identity; clients and watches made from it share its pool of connections. */
export interface KubeConnection {
  readonly server: URL
  readonly namespace: string
  /** Resolves when the headers are there; the body is the caller's to read. */
  send(request: HttpRequest): Promise<IncomingMessage>
  close(): void
}

/** client-go re-reads token files at the same pace. */
const accessLifetimeMs = 60_000
/** The API server closes idle connections after 90 s; being first avoids a write into a closed one. */
const idleSocketMs = 45_000
const deadSocketRetries = 3

/** KUBECONFIG and C8S_CONTEXT rule where they are set; else the pod's service account; else ~/.kube/config. */
export async function openConnection(env: NodeJS.ProcessEnv): Promise<KubeConnection> {
  const isNamed = (env['KUBECONFIG'] ?? '') !== '' || (env['C8S_CONTEXT'] ?? '') !== ''
  if (!isNamed && isInCluster(env)) {
    return createConnection(readInClusterAccess(env))
  }
  const { loadKubeconfig } = await import('./kubeconfig.ts')
  return createConnection(loadKubeconfig(env))
}

interface Opened {
  readonly access: Access
  readonly agent: http.Agent
  readonly tlsPrint: string
  readonly readAt: number
}

export function createConnection(source: AccessSource): KubeConnection {
  let opened: Opened | undefined
  let opening: Promise<Opened> | undefined

  async function open(anew: boolean): Promise<Opened> {
    // The monotonic clock: a jump of the wall clock must not freeze a token.
    const now = performance.now()
    if (!anew && opened !== undefined && now - opened.readAt < accessLifetimeMs) {
      return opened
    }
    opening ??= renew(source, opened, anew).finally(() => {
      opening = undefined
    })
    opened = await opening
    return opened
  }

  return {
    server: source.server,
    namespace: source.namespace,
    send: async (request) => {
      const response = await attempt(source.server, await open(false), request)
      if (response.statusCode !== 401) {
        return response
      }
      response.resume()
      return attempt(source.server, await open(true), request)
    },
    close: () => opened?.agent.destroy(),
  }
}

async function renew(source: AccessSource, last: Opened | undefined, anew: boolean): Promise<Opened> {
  const readAt = performance.now()
  const access = await source.read(anew).catch((error: unknown) => {
    // A token file is missing for an instant while kubelet swaps it; the last one is good for some more minutes.
    if (last === undefined || anew) {
      throw error
    }
    return last.access
  })
  const tlsPrint = toPrint(access.tls)
  if (last !== undefined && last.tlsPrint === tlsPrint) {
    return { ...last, access, readAt }
  }
  // The old pool is left to finish what it has under way; its idle sockets end by themselves.
  return { access, agent: access.proxy ?? createPool(source.server, access.tls), tlsPrint, readAt }
}

function createPool(server: URL, tls: TlsMaterial): http.Agent {
  const options = { keepAlive: true, timeout: idleSocketMs, scheduling: 'lifo' as const }
  return server.protocol === 'http:' ? new http.Agent(options) : new https.Agent({ ...options, ...tls })
}

function toPrint(tls: TlsMaterial): string {
  return JSON.stringify([tls.ca, tls.cert, tls.key, tls.servername, tls.rejectUnauthorized].map((part) => String(part)))
}

async function attempt(server: URL, opened: Opened, request: HttpRequest): Promise<IncomingMessage> {
  for (let retriesLeft = request.isRepeatable ? deadSocketRetries : 0; ; retriesLeft -= 1) {
    const sent = startRequest(server, opened, request)
    try {
      return await sent.response
    } catch (error) {
      if (retriesLeft === 0 || request.signal.aborted || !sent.isOnReusedSocket()) {
        throw error
      }
    }
  }
}

function startRequest(server: URL, opened: Opened, request: HttpRequest) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const { request: open } = server.protocol === 'http:' ? http : https
  const outgoing = open(
    {
      host: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port === '' ? undefined : server.port,
      path: `${server.pathname.replace(/\/$/, '')}${request.path}`,
      method: request.method,
      headers: { 'user-agent': 'c8s', ...request.headers, ...opened.access.headers },
      agent: opened.agent,
      signal: request.signal,
    },
    resolve,
  )
  outgoing.on('error', reject)
  outgoing.end(request.body)
  return { response: promise, isOnReusedSocket: () => outgoing.reusedSocket }
}
