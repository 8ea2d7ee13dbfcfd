import { execFileSync, spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'

export interface GitServerBehaviour {
  /** `user:password` that every request must bring. */
  credential?: string
  /** How many requests still fail with 503. */
  outages?: number
  /** Answers like a server that knows only the oldest protocol, which gives out no commit by its id. */
  isOld?: boolean
  /** Sends every request to another server. */
  redirectTo?: string
}

/** Serves bare repositories below a folder with git's own CGI program. */
export class GitHttpServer {
  readonly behaviour: GitServerBehaviour = {}
  /** Authorization headers that came, in order. */
  readonly authorizations: (string | undefined)[] = []
  requests = 0
  readonly #server: Server
  readonly #backend = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend')
  readonly #root: string

  constructor(root: string) {
    this.#root = root
    this.#server = createServer((request, response) => this.#answer(request, response))
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  url(repository: string, host = '127.0.0.1'): string {
    return `http://${host}:${this.port}/${repository}`
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests += 1
    const { credential, outages = 0, redirectTo } = this.behaviour
    this.authorizations.push(request.headers.authorization)
    if (outages > 0) {
      this.behaviour.outages = outages - 1
      response.writeHead(503).end('come back later')
    } else if (redirectTo !== undefined) {
      response.writeHead(302, { location: `${redirectTo}${request.url}` }).end()
    } else if (credential !== undefined && request.headers.authorization !== toBasic(credential)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('who are you?')
    } else {
      this.#runBackend(request, response)
    }
  }

  #runBackend(request: IncomingMessage, response: ServerResponse): void {
    const [path = '/', query = ''] = (request.url ?? '/').split('?')
    const protocol = request.headers['git-protocol']
    const backend = spawn(this.#backend, {
      env: {
        PATH: process.env['PATH'],
        GIT_PROJECT_ROOT: this.#root,
        GIT_HTTP_EXPORT_ALL: '1',
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'safe.directory',
        GIT_CONFIG_VALUE_0: '*',
        PATH_INFO: decodeURIComponent(path),
        QUERY_STRING: query,
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        REMOTE_ADDR: '127.0.0.1',
        ...(request.headers['content-encoding'] === undefined
          ? {}
          : { HTTP_CONTENT_ENCODING: request.headers['content-encoding'] }),
        ...(typeof protocol === 'string' && this.behaviour.isOld !== true ? { GIT_PROTOCOL: protocol } : {}),
      },
    })
    request.pipe(backend.stdin)
    backend.stdin.on('error', () => undefined)
    sendCgi(backend.stdout, response)
  }
}

function toBasic(credential: string): string {
  return `Basic ${Buffer.from(credential).toString('base64')}`
}

/** Headers up to an empty line, then the body. */
function sendCgi(output: NodeJS.ReadableStream, response: ServerResponse): void {
  let head = Buffer.alloc(0)
  output.on('data', (bytes: Buffer) => {
    if (response.headersSent) return void response.write(bytes)
    head = Buffer.concat([head, bytes])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const headers = head
      .subarray(0, end)
      .toString()
      .split('\r\n')
      .map((line) => line.split(/: (.*)/s))
    const status = headers.find(([name]) => name === 'Status')?.[1] ?? '200'
    const kept = headers.flatMap(([name = '', value = '']) => (name === 'Status' ? [] : [[name, value] as const]))
    response.writeHead(Number.parseInt(status, 10), Object.fromEntries(kept))
    return void response.write(head.subarray(end + 4))
  })
  output.on('end', () => response.end())
}
