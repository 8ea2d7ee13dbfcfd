import { createHmac } from 'node:crypto'
import { request } from 'node:http'
import type { Delivery } from '../../crds/repository-connection.ts'
import type { Intake, Outcome } from '../../src/forge/part.ts'
import { systemClock } from '../../src/kube/system-clock.ts'
import { systemTimers } from '../../src/kube/timers.ts'
import type { Log } from '../../src/lib/log.ts'
import { defaultRate } from '../../src/receiver/rate-limit.ts'
import { type ReceiverRole, type RunningReceiver, runReceiver } from '../../src/receiver/run.ts'
import { incomingProviders } from '../../src/vcs/incoming/registry.ts'

export interface Sent {
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | number>>
  readonly body?: string | Uint8Array
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
}

/** One request on a connection of its own: what breaks one hits no other. */
export function send(port: number, { path = '/', method = 'POST', headers = {}, body }: Sent): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
  })
  outgoing.on('error', reject).end(body)
  return promise
}

export const aCommit = (n: number) => n.toString(16).padStart(40, 'a')

/** As GitHub sends it, reduced to what such a payload always has. */
export function renderPush(repository: string, commit = aCommit(1), change: object = {}): string {
  return JSON.stringify({
    ref: 'refs/heads/main',
    before: aCommit(0),
    after: commit,
    created: false,
    deleted: false,
    forced: false,
    head_commit: { id: commit, message: 'Change something', added: [], removed: [], modified: ['a'] },
    commits: [{ id: commit, distinct: true, message: 'Change something', added: [], removed: [], modified: ['a'] }],
    repository: { clone_url: `${repository}.git`, html_url: repository, private: false, default_branch: 'main' },
    sender: { login: 'dev' },
    ...change,
  })
}

export function sign(body: string | Uint8Array, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}

export interface GitHubDelivery {
  readonly body: string
  /** Nothing is signed where there is none. */
  readonly secret?: string
  readonly event?: string
  readonly id?: string
  readonly headers?: Readonly<Record<string, string>>
}

export function renderDelivery({ body, secret, event = 'push', id = 'd-1', headers = {} }: GitHubDelivery): Sent {
  return {
    path: '/webhooks/github',
    body,
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-github-event': event,
      'x-github-delivery': id,
      ...(secret === undefined ? {} : { 'x-hub-signature-256': sign(body, secret) }),
      ...headers,
    },
  }
}

export interface Noted extends Delivery {
  /** namespace/name of the connection. */
  readonly connection: string
}

export interface TestReceiver {
  readonly running: RunningReceiver
  readonly port: number
  /** Rows for status, in order. */
  readonly noted: Noted[]
  /** All that was logged, as text. */
  readonly lines: string[]
}

export const started: Outcome = { verdict: 'Started', reason: 'Started', message: 'a run was started', runs: ['app-1'] }

export interface TestReceiverOptions extends Partial<Omit<ReceiverRole, 'api' | 'log' | 'deliveries'>> {
  readonly api: ReceiverRole['api']
  readonly handle?: Intake['handle']
}

/** A replica of the receiver on a free port, ready. */
export async function startReceiver({ handle, ...options }: TestReceiverOptions): Promise<TestReceiver> {
  const noted: Noted[] = []
  const lines: string[] = []
  const write = (fields: object, message: string) => {
    const told = Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? value.stack : value])
    lines.push(`${message} ${JSON.stringify(Object.fromEntries(told))}`)
  }
  const log: Log = { info: write, warn: write, error: write }
  const running = await runReceiver({
    providers: incomingProviders,
    intake: { handle: handle ?? (async () => started) },
    deliveries: {
      note: ({ metadata: { namespace, name } }, row) => noted.push({ ...row, connection: `${namespace}/${name}` }),
      drain: async () => undefined,
    },
    rate: defaultRate,
    clock: systemClock,
    timers: systemTimers,
    log,
    port: 0,
    healthPort: 0,
    drainMs: 0,
    ...options,
  })
  await waitUntilReady(running.healthPort)
  return { running, port: running.port, noted, lines }
}

async function waitUntilReady(healthPort: number): Promise<void> {
  const end = performance.now() + 10_000
  for (;;) {
    const { status } = await send(healthPort, { method: 'GET', path: '/readyz' })
    if (status === 200) return
    if (performance.now() > end) throw new Error('the receiver did not become ready')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
