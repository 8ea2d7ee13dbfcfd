import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { RepositoryConnection } from '../../crds/kinds.ts'
import type { RepositoryConnectionSpec } from '../../crds/repository-connection.ts'
import type { Forge } from '../../src/forge/forge.ts'
import { createOpenForge, type OpenForgeDeps } from '../../src/forge/open.ts'
import { systemTimers } from '../../src/kube/timers.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { FakeKube } from './fake-kube.ts'

/** One call that the forge is to be asked, and its answer. */
export interface Exchange {
  /** Method, path and query exactly as they come: `GET /repos/org/app?page=2`. */
  readonly ask: string
  /** What it has to be sent; a call without a body has none. */
  readonly body?: unknown
  /** Headers that it has to have, beside those that every call has. */
  readonly headers?: Readonly<Record<string, string>>
  readonly status?: number
  readonly answerHeaders?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly json?: unknown
  readonly text?: string
}

export interface SeenCall {
  readonly ask: string
  readonly body: unknown
  readonly headers: IncomingHttpHeaders
}

/** A forge that knows exactly the given calls, each once and in any order. */
export interface PlayedForge {
  readonly url: string
  /** In the order in which they came. */
  readonly seen: readonly SeenCall[]
  /** What was asked and not known, and what was known and not asked. */
  listDifferences(): readonly string[]
  close(): Promise<void>
}

export async function playForge(exchanges: readonly Exchange[]): Promise<PlayedForge> {
  const left = [...exchanges]
  const seen: SeenCall[] = []
  const unknown: string[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const ask = `${request.method} ${request.url}`
    seen.push({ ask, body: await readBody(request), headers: request.headers })
    const index = left.findIndex((exchange) => exchange.ask === ask)
    const [found] = index === -1 ? [] : left.splice(index, 1)
    if (found === undefined) unknown.push(`not known: ${ask}`)
    const { status = found === undefined ? 418 : 200, json, text, answerHeaders = {} } = found ?? {}
    response.writeHead(status, { 'content-type': 'application/json', ...answerHeaders })
    response.end(text ?? (json === undefined ? undefined : JSON.stringify(json)))
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    listDifferences: () => [...unknown, ...left.map(({ ask }) => `not asked: ${ask}`)],
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  return text === '' ? undefined : JSON.parse(text)
}

/** A sample answer of a forge, from test/fixtures/forges. */
export function readSample(path: string): unknown {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/forges', path), 'utf8'))
}

export interface OpenedWith {
  readonly spec: Pick<RepositoryConnectionSpec, 'provider' | 'repository'> & Partial<RepositoryConnectionSpec>
  /** Of the Secret; no authSecretRef without. */
  readonly secret?: Readonly<Record<string, string>>
  readonly deps?: Partial<OpenForgeDeps>
}

/** The forge of a connection, by the whole of c8s's side and a Secret in an API server. */
export async function openTestForge({ spec, secret, deps }: OpenedWith): Promise<Forge> {
  const kube = new FakeKube()
  if (secret !== undefined) await kube.create(resourceTypes.secret, toSecret(secret))
  const connection: RepositoryConnection = {
    apiVersion: 'c8s.dev/v1alpha1',
    kind: 'RepositoryConnection',
    metadata: { name: 'web', namespace: 'team' },
    spec: { ...spec, ...(secret === undefined ? {} : { authSecretRef: 'auth' }) },
  }
  const open = createOpenForge({
    reader: kube,
    clock: { now: () => Date.parse('2026-11-21T14:00:00Z') },
    timers: systemTimers,
    allowLoopback: true,
    openGit: async () => {
      throw new Error('Git was not to be asked')
    },
    ...deps,
  })
  return await open(connection)
}

export interface ExchangeCase {
  readonly act: (forge: Forge) => Promise<unknown>
  readonly exchanges: readonly Exchange[]
  readonly want: unknown
  readonly open: (url: string) => OpenedWith
  /** Headers that every call has to have, unless its exchange says otherwise. */
  readonly headers: Readonly<Record<string, string>>
}

/** Plays the forge, acts on it, and compares result and calls with what was wanted. */
export async function checkExchanges({ act, exchanges, want, open, headers }: ExchangeCase): Promise<PlayedForge> {
  const server = await playForge(exchanges)
  try {
    const forge = await openTestForge(open(server.url))
    expect(await act(forge)).toEqual(want)
    expect(server.listDifferences()).toEqual([])
    for (const seen of server.seen) {
      const exchange = exchanges.find(({ ask }) => ask === seen.ask)
      expect(seen.body).toEqual(exchange?.body)
      expect(seen.headers).toMatchObject({ 'user-agent': 'c8s', ...headers, ...exchange?.headers })
      expect(seen.headers['content-type']).toBe(seen.body === undefined ? undefined : 'application/json')
    }
    return server
  } finally {
    await server.close()
  }
}

export function toSecret(values: Readonly<Record<string, string>>): KubeObject {
  const data = Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')])
  const secret = { metadata: { name: 'auth', namespace: 'team' }, data: Object.fromEntries(data) as object }
  return secret
}
