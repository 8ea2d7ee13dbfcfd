import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A registry before the real one, that refuses by the first part of an image's name: `limited/…` with 429 until it is let go,
 * `private/…` for want of credentials, and `no-such` as the real one refuses it. Container runtimes speak plain HTTP to the loopback address.
 */
export interface RegistryStandIn {
  /** As image names begin: 127.0.0.1:40123. */
  readonly host: string
  /** Requests that were answered with 429. */
  refusals(): number
  /** From now on `limited/…` is there, with the content of the image that was given. */
  release(): void
  close(): Promise<void>
}

/** `behind`: the image that `limited/…` turns out to be, as host/name@digest. */
export async function startRegistryStandIn(behind: string): Promise<RegistryStandIn> {
  const [, host = '', repository = '', digest = ''] = /^([^/]+)\/(.+)@(sha256:.+)$/.exec(behind) ?? []
  let isLimited = true
  let refused = 0
  const server = createServer((incoming, response) => {
    const path = incoming.url ?? '/'
    if (path.startsWith('/v2/private/')) return askForCredentials(response)
    if (!path.startsWith('/v2/limited/')) return forward(incoming, response, { host, path })
    if (!isLimited) return forward(incoming, response, { host, path: rewrite(path, { repository, digest }) })
    refused += 1
    return answer(response, 429, { code: 'TOOMANYREQUESTS', message: 'You have reached your pull rate limit.' })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    refusals: () => refused,
    release: () => {
      isLimited = false
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** /v2/limited/tool/manifests/1 → /v2/busybox/manifests/sha256:…; blobs by their own digests. */
function rewrite(path: string, image: { readonly repository: string; readonly digest: string }): string {
  return path
    .replace(/^\/v2\/limited\/[^/]+\//, `/v2/${image.repository}/`)
    .replace(/\/manifests\/(?!sha256:).*$/, `/manifests/${image.digest}`)
}

function answer(response: ServerResponse, status: number, error: { readonly code: string; readonly message: string }) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ errors: [error] }))
}

function askForCredentials(response: ServerResponse): void {
  response.setHeader('www-authenticate', 'Basic realm="private images"')
  answer(response, 401, { code: 'UNAUTHORIZED', message: 'authentication required' })
}

interface Target {
  readonly host: string
  readonly path: string
}

function forward(incoming: IncomingMessage, response: ServerResponse, { host, path }: Target): void {
  const { host: _own, ...headers } = incoming.headers
  const onward = request(`http://${host}${path}`, { method: incoming.method, headers }, (found) => {
    response.writeHead(found.statusCode ?? 502, found.headers)
    found.pipe(response)
  })
  onward.on('error', () => answer(response, 502, { code: 'UNKNOWN', message: 'the registry behind is away' }))
  incoming.pipe(onward)
}
