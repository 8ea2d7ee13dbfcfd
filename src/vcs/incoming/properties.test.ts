import { createHmac } from 'node:crypto'
import { readdirSync } from 'node:fs'
import examples from '@octokit/webhooks-examples' with { type: 'json' }
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDelivery, readPayload, toBody } from '../../../test/helpers/forge-deliveries.ts'
import { isFullCommit, type ParsedDelivery, type Provider } from '../../lib/forge-event.ts'
import { incomingProviders } from './registry.ts'

const nowMs = Date.parse('2026-03-04T10:11:12Z')

/** Headers that each provider's deliveries have. */
const headersOf: Readonly<Record<Provider, readonly string[]>> = {
  github: ['x-github-event', 'x-github-delivery', 'x-hub-signature-256', 'x-hub-signature'],
  gitlab: [
    'x-gitlab-event',
    'x-gitlab-token',
    'webhook-id',
    'webhook-timestamp',
    'webhook-signature',
    'idempotency-key',
  ],
  bitbucket: ['x-event-key', 'x-hub-signature', 'x-request-id'],
  gitea: ['x-gitea-event', 'x-gitea-delivery', 'x-gitea-signature', 'x-forgejo-signature', 'x-hub-signature-256'],
  generic: ['x-c8s-signature-256', 'x-c8s-delivery'],
}

const events: Readonly<Record<Provider, readonly string[]>> = {
  github: ['push', 'pull_request', 'issue_comment', 'ping', 'star'],
  gitlab: ['Push Hook', 'Tag Push Hook', 'Merge Request Hook', 'Note Hook', 'System Hook'],
  bitbucket: [
    'repo:push',
    'pullrequest:created',
    'pullrequest:comment_created',
    'repo:refs_changed',
    'pr:opened',
    'pr:modified',
  ],
  gitea: ['push', 'delete', 'pull_request', 'issue_comment'],
  generic: ['push'],
}

const hex = fc.stringMatching(/^[0-9a-f]{0,66}$/)
const headerValue = fc.oneof(
  fc.string(),
  hex,
  hex.map((digits) => `sha256=${digits}`),
  fc.constantFrom('v1,', 'v1, v1,', 'sha256='),
)
const contentType = fc.constantFrom(undefined, 'application/json', 'application/x-www-form-urlencoded', 'text/plain')

test('the registry has each provider once, and cannot be changed', () => {
  expect(incomingProviders.map(({ id }) => id).sort()).toEqual(Object.keys(headersOf).sort())
  expect(Object.isFrozen(incomingProviders)).toBe(true)
  const files = readdirSync(import.meta.dirname)
  for (const { id } of incomingProviders) expect(files).toContain(`${id}.ts`)
})

describe.each(incomingProviders)('$id', ({ id, verify, parse }) => {
  const headers = fc
    .tuple(contentType, fc.array(fc.tuple(fc.constantFrom(...headersOf[id]), headerValue), { maxLength: 6 }))
    .map(([type, entries]) => ({ 'content-type': type, ...Object.fromEntries(entries) }))

  test('nobody signs by chance, and nothing throws', () => {
    fc.assert(
      fc.property(headers, fc.uint8Array(), fc.string(), (some, body, secret) => {
        fc.pre(some['x-gitlab-token' as keyof typeof some] !== secret)
        expect(verify({ headers: some, body }, secret, nowMs)).toBe(false)
        expect(parse({ headers: some, body }).kind).toMatch(/^(malformed|ignored|ping)$/)
      }),
      { numRuns: 300 },
    )
  })

  const signatureHeader = {
    github: 'x-hub-signature-256',
    bitbucket: 'x-hub-signature',
    generic: 'x-c8s-signature-256',
  }
  const header = id === 'gitlab' ? undefined : id === 'gitea' ? 'x-hub-signature-256' : signatureHeader[id]
  if (header !== undefined) {
    test('who knows the secret signs anything, with that secret alone', () => {
      fc.assert(
        fc.property(fc.uint8Array(), fc.string({ minLength: 1 }), fc.string(), (body, secret, other) => {
          fc.pre(secret !== other)
          const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
          const delivery = { headers: { [header]: signature }, body }
          expect(verify(delivery, secret, nowMs)).toBe(true)
          expect(verify(delivery, other, nowMs)).toBe(false)
        }),
      )
    })
  }

  test('any JSON is understood or refused', () => {
    const event = fc.constantFrom(...events[id])
    const keys = fc.constantFrom(
      'ref',
      'after',
      'action',
      'repository',
      'pull_request',
      'object_kind',
      'event',
      'push',
      '__proto__',
    )
    fc.assert(
      fc.property(event, fc.dictionary(keys, fc.jsonValue()), (name, payload) => {
        const named = Object.fromEntries(headersOf[id].slice(0, 1).map((one) => [one, name]))
        expectSound(parse({ headers: named, body: toBody(payload) }))
      }),
    )
  })

  test('100,000 levels are refused or ignored', () => {
    const body = toBody(`{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)
    const [name = ''] = headersOf[id]
    expect(parse({ headers: { [name]: 'push' }, body }).kind).toMatch(/^(malformed|ignored)$/)
  })
})

/** Good deliveries with one value replaced by any other. */
describe('a payload with a value of another kind', () => {
  const list = examples as unknown as readonly { readonly name: string; readonly examples: readonly unknown[] }[]
  const ofGithub = (name: string) => list.find((one) => one.name === name)?.examples.at(-1)
  const gitea = (name: string) => JSON.parse(Buffer.from(readDelivery(`gitea/${name}`).body).toString()) as unknown
  const samples: readonly (readonly [Provider, string, string, unknown])[] = [
    ['github', 'x-github-event', 'push', ofGithub('push')],
    ['github', 'x-github-event', 'pull_request', ofGithub('pull_request')],
    ['github', 'x-github-event', 'issue_comment', ofGithub('issue_comment')],
    ['gitea', 'x-gitea-event', 'push', gitea('push-tag')],
    ['gitea', 'x-gitea-event', 'pull_request', gitea('pull-request-from-fork')],
    ['gitea', 'x-gitea-event', 'issue_comment', gitea('pull-request-comment')],
    ['gitlab', 'x-gitlab-event', 'Push Hook', readPayload('gitlab/push')],
    ['gitlab', 'x-gitlab-event', 'Merge Request Hook', readPayload('gitlab/merge-request-from-fork')],
    ['gitlab', 'x-gitlab-event', 'Note Hook', readPayload('gitlab/note')],
    ['bitbucket', 'x-event-key', 'repo:push', readPayload('bitbucket-cloud/push')],
    ['bitbucket', 'x-event-key', 'pullrequest:created', readPayload('bitbucket-cloud/pullrequest-from-fork')],
    ['bitbucket', 'x-event-key', 'repo:refs_changed', readPayload('bitbucket-data-center/refs-changed')],
    ['bitbucket', 'x-event-key', 'pr:opened', readPayload('bitbucket-data-center/pull-request-from-fork')],
  ]

  test.each(samples)('%s %s: %s', (...[id, header, name, payload]) => {
    const provider = incomingProviders.find((one) => one.id === id)
    const text = JSON.stringify(payload)
    const places = [...text.matchAll(/"[^"\\]*"(?!:)|\b[0-9]+\b|null|true|false/g)]
    fc.assert(
      fc.property(fc.nat(places.length - 1), fc.json({ maxDepth: 1 }), (index, value) => {
        const { index: at = 0, 0: old = '' } = places[index] ?? {}
        const body = toBody(`${text.slice(0, at)}${value}${text.slice(at + old.length)}`)
        const parsed = provider?.parse({ headers: { [header]: name }, body })
        expect(parsed).toBeDefined()
        if (parsed !== undefined) expectSound(parsed)
      }),
      { numRuns: 200 },
    )
  })
})

/** What whoever starts runs relies on. */
function expectSound(parsed: ParsedDelivery): void {
  if (parsed.kind !== 'malformed') expect(parsed.repositories.every((url) => typeof url === 'string')).toBe(true)
  if (parsed.kind !== 'event') return
  expect(parsed.repositories).not.toEqual([])
  expect(parsed.events).not.toEqual([])
  for (const event of parsed.events) {
    expect(Object.values(event)).not.toContain(undefined)
    if (event.kind === 'push' || event.kind === 'deletion') expect(event.ref.name).toMatch(/^[^-/\s][^\s]*$/)
    if (event.kind === 'push') expect(isFullCommit(event.commit)).toBe(true)
    const { pullRequest } = { pullRequest: undefined, ...event }
    if (pullRequest !== undefined) expect(pullRequest.commit).toMatch(/^[0-9a-f]{12,64}$/)
  }
}
