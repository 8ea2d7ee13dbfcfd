import { expect, test } from 'vitest'
import type { RepositoryConnectionSpec } from '../../../crds/repository-connection.ts'
import { aConnection } from '../../../test/helpers/admission-objects.ts'
import type { Secret } from '../../lib/kubernetes.ts'
import { planRegistration } from './plan.ts'

const encode = (text: string) => Buffer.from(text).toString('base64')
const aSecret = (values: Readonly<Record<string, string>>): Secret => ({
  metadata: { name: 's' },
  data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, encode(value)])),
})
const hook = aSecret({ 'webhook-secret': 'hush' })
const token = aSecret({ token: 'ghp_1' })
const refs = { webhookSecretRef: 'hook', authSecretRef: 'auth' }
const url = 'https://c8s.test/webhooks/github'
const plan = (spec: Partial<RepositoryConnectionSpec>, secrets: object, webhookURL = url) =>
  planRegistration({
    connection: aConnection({ provider: 'github', repository: 'https://github.com/team/app', ...spec }),
    webhookURL,
    ...secrets,
  })

test.each<[string, Secret]>([
  ['a token', token],
  ['a password', aSecret({ username: 'bot', password: 'p' })],
  ['an app', aSecret({ 'app-id': '1', 'installation-id': '2', 'private-key': 'k' })],
])('with %s the forge is asked', (...[, authSecret]) => {
  expect(plan(refs, { webhookSecret: hook, authSecret })).toEqual({ kind: 'ask', secret: 'hush' })
})

test.each<[string, Partial<RepositoryConnectionSpec>, object, string, RegExp]>([
  [
    'a generic provider',
    { ...refs, provider: 'generic' },
    { webhookSecret: hook, authSecret: token },
    'Unsupported',
    /generic/,
  ],
  ['no webhook secret', { authSecretRef: 'auth' }, { authSecret: token }, 'NoSecret', /spec\.webhookSecretRef/],
  ['a webhook secret that is missing', refs, { authSecret: token }, 'NoSecret', /Secret hook does not exist/],
  [
    'an empty webhook secret',
    refs,
    { webhookSecret: aSecret({ 'webhook-secret': '\n' }), authSecret: token },
    'NoSecret',
    /no value/,
  ],
  ['no credential', { webhookSecretRef: 'hook' }, { webhookSecret: hook }, 'NoCredential', /spec\.authSecretRef/],
  [
    'a credential for ssh only',
    refs,
    { webhookSecret: hook, authSecret: aSecret({ 'ssh-key': 'k' }) },
    'NoCredential',
    /Secret auth/,
  ],
  [
    'an app without its key',
    refs,
    { webhookSecret: hook, authSecret: aSecret({ 'app-id': '1' }) },
    'NoCredential',
    /Secret auth/,
  ],
])('with %s a person is told what to do', (...[, spec, secrets, reason, words]) => {
  const planned = plan(spec, secrets)
  expect(planned).toMatchObject({ kind: 'told', reason })
  const { message } = planned as { message: string }
  expect(message).toMatch(words)
  expect(message).toContain(url)
  expect(message).not.toMatch(/hush|ghp_1/)
})

test('a forge on the internet is not given a URL of the cluster', () => {
  const inside = 'http://c8s-server.c8s-system.svc/webhooks/github'
  const secrets = { webhookSecret: hook, authSecret: token }
  expect(plan(refs, secrets, inside)).toMatchObject({ kind: 'told', reason: 'NoExternalURL' })
  const own = { ...refs, repository: 'http://gitea.forge.svc:3000/team/app', provider: 'gitea' } as const
  expect(plan(own, secrets, inside)).toMatchObject({ kind: 'ask' })
})

test.each(['github', 'gitlab', 'bitbucket', 'gitea'] as const)('what to paste where is told for %s', (provider) => {
  const { message } = plan({ provider, webhookSecretRef: 'hook' }, { webhookSecret: hook }) as { message: string }
  expect(message).toMatch(/Settings|settings/)
  expect(message).toContain('webhook-secret of Secret hook')
})
