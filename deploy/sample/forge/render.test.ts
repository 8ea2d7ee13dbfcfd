import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SampleObject } from '../render.ts'
import { createForgeCredentials, ensureForgeCredentials } from './credentials.ts'
import { renderForge } from './render.ts'
import { renderSettings } from './settings.ts'

const images = { gitea: 'registry/gitea@sha256:1' }
const credentials = createForgeCredentials()
const render = (change: Partial<Parameters<typeof renderForge>[0]> = {}): SampleObject[] =>
  renderForge({ namespace: 'team-a', images, credentials, ...change })
const find = (objects: readonly SampleObject[], kind: string) => objects.find((object) => object.kind === kind)

test('all of the forge lies in its namespace, which comes first, and its image is the registry’s', () => {
  const [namespace, ...rest] = render()
  expect(namespace).toMatchObject({
    kind: 'Namespace',
    metadata: { name: 'team-a', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  })
  expect(rest.map(({ metadata }) => metadata.namespace)).toEqual(rest.map(() => 'team-a'))
  expect(JSON.stringify(find(rest, 'Deployment'))).toContain('"image":"registry/gitea@sha256:1"')
})

test('its URLs have the name that pods use, whoever asks', () => {
  const settings = renderSettings('gitea.team-a.svc', credentials)
  expect(settings).toMatch(/^ROOT_URL = http:\/\/gitea\.team-a\.svc\/$/m)
  expect(settings).toMatch(/^PUBLIC_URL_DETECTION = never$/m)
  expect(find(render(), 'Service')).toMatchObject({ spec: { ports: [{ port: 80 }, { port: 22 }] } })
})

test('secrets are in the Secret only', () => {
  const secret = find(render(), 'Secret')
  const others = JSON.stringify(render().filter((object) => object !== secret && object.kind !== 'Secret'))
  const { admin, secretKey, internalToken, signingKey } = credentials
  for (const value of [admin.password, secretKey, internalToken, signingKey]) {
    expect(JSON.stringify(secret)).toContain(value)
    expect(others).not.toContain(value)
  }
})

test('the forge starts anew when what it reads changes, and only then', () => {
  const toTemplate = (change?: Parameters<typeof render>[0]): string =>
    JSON.stringify(find(render(change), 'Deployment'))
  expect(toTemplate({ credentials: { ...credentials } })).toBe(toTemplate())
  expect(toTemplate({ credentials: { ...credentials, secretKey: 'other' } })).not.toBe(toTemplate())
})

test('credentials are made once, and only their owner may read them', () => {
  const cache = mkdtempSync(join(tmpdir(), 'c8s-forge-'))
  try {
    const made = ensureForgeCredentials(cache)
    expect(ensureForgeCredentials(cache)).toEqual(made)
    expect(statSync(join(cache, 'forge-credentials.json')).mode & 0o777).toBe(0o600)
    expect(createForgeCredentials().admin.password).not.toBe(made.admin.password)
  } finally {
    rmSync(cache, { recursive: true })
  }
})

test('Gitea takes the signing key as it is: 32 bytes', () => {
  expect(Buffer.from(credentials.signingKey, 'base64url')).toHaveLength(32)
})
