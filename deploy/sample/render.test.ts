import { expect, test } from 'vitest'
import { createCredentials } from './credentials.ts'
import { renderAuthSecrets, renderGitServer, renderManifest, renderRun } from './render.ts'

const images = { 'sample-tools': 'registry/sample-tools@sha256:1', 'git-server': 'registry/git-server@sha256:2' }

test('names of images become references, wherever they stand', () => {
  const text = JSON.stringify([...renderManifest('git-server', images), ...renderManifest('pipeline', images)])
  expect(text).not.toMatch(/"image":"(git-server|sample-tools)"/)
  expect(text.match(/registry\/git-server@sha256:2/g)).toHaveLength(2)
  expect(text.match(/registry\/sample-tools@sha256:1/g)).toHaveLength(4)
})

test('a run has a name of its own and a full commit', () => {
  const [run] = renderRun('sample-7', '0123456789abcdef0123456789abcdef01234567')
  expect(run).toMatchObject({
    kind: 'PipelineRun',
    metadata: { name: 'sample-7', namespace: 'c8s-demo' },
    spec: { pipelineConfigRef: 'sample', commit: '0123456789abcdef0123456789abcdef01234567', branch: 'main' },
  })
})

test('the git server starts again when its credentials change, and only then', () => {
  const credentials = createCredentials()
  const toTemplate = (from: typeof credentials): string =>
    JSON.stringify(renderGitServer(images, from).find(({ kind }) => kind === 'Deployment'))
  expect(toTemplate({ ...credentials })).toBe(toTemplate(credentials))
  expect(toTemplate({ ...credentials, password: 'other' })).not.toBe(toTemplate(credentials))
})

test('the server knows the key that the clone uses, and the clone knows the host', () => {
  const credentials = createCredentials()
  const server = renderGitServer({}, credentials).find(({ metadata }) => metadata.name === 'git-server-ssh')
  const clone = renderAuthSecrets(credentials, 'team-a').find(({ metadata }) => metadata.name === 'sample-git-key')
  expect(server).toMatchObject({ stringData: { 'authorized-keys': `${credentials.clientKey.publicKey}\n` } })
  expect(clone).toMatchObject({
    metadata: { namespace: 'team-a' },
    stringData: { known_hosts: expect.stringContaining(credentials.hostKey.publicKey) },
  })
})

test('the file in the cycle example names a cycle', () => {
  const [config] = renderManifest('cycle', {})
  expect(config).toMatchObject({
    spec: {
      steps: [
        { name: 'test', dependsOn: ['build'] },
        { name: 'build', dependsOn: ['test'] },
      ],
    },
  })
})
