import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { kubectl } from '../../deploy/install/kubectl.ts'
import { startTestApiServer, type TestApiServer } from '../helpers/api-server.ts'
import { type Flux, startFlux } from '../helpers/gitops/flux.ts'

/** Flux brings c8s to an API server of its own, without nodes, and is then told in every way to take it away. */
const read = (file: string) => readFileSync(join(import.meta.dirname, '../../deploy', file), 'utf8')
const [crds, install] = ['crds.yaml', 'install.yaml'].map(read) as [string, string]
const other = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other', namespace: 'default' } })
const kustomization = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  metadata: { name: 'c8s', namespace: 'default' },
  spec: {
    sourceRef: { kind: 'GitRepository', name: 'c8s' },
    path: './',
    prune: true,
    interval: '10m',
    retryInterval: '2s',
  },
}
const source = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  metadata: { name: 'c8s', namespace: 'default' },
  spec: { url: 'https://github.com/example/c8s.git', interval: '10m' },
}

let server: TestApiServer
let flux: Flux
beforeAll(async () => {
  server = await startTestApiServer()
  flux = await startFlux({ target: server, namespace: 'default' })
}, 600_000)
afterAll(async () => {
  try {
    await flux.stop()
  } finally {
    await server.stop()
  }
})

const run = (...args: readonly string[]) => kubectl(server, ['-n', 'default', ...args])
const kinds = 'customresourcedefinitions,validatingadmissionpolicies,validatingadmissionpolicybindings'
const partOf = ['-l', 'app.kubernetes.io/part-of=c8s'] as const
const listOurs = (of = kinds) =>
  run('get', of, ...partOf, '-o', 'name')
    .trim()
    .split('\n')
const countConfigMaps = () => run('get', 'configmaps', '--field-selector', 'metadata.name=other', '-o', 'name')

beforeEach(() => {
  kubectl(
    server,
    ['apply', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [source, kustomization] }),
  )
})

test('what leaves Git is pruned, the kinds and their policy are not; nor when the Kustomization goes', async () => {
  await flux.waitForReady('c8s', flux.publish('c8s', { files: { 'crds.yaml': crds, 'other.yaml': other } }))
  expect(listOurs()).toHaveLength(5)
  await flux.waitForReady('c8s', flux.publish('c8s', { files: { 'other.yaml': other } }))
  expect(listOurs()).toHaveLength(5)
  await flux.waitForReady('c8s', flux.publish('c8s', { files: { 'crds.yaml': crds } }))
  expect(countConfigMaps()).toBe('')
  run('delete', 'kustomizations.kustomize.toolkit.fluxcd.io', 'c8s', '--timeout=60s')
  expect(listOurs()).toHaveLength(5)
}, 180_000)

const others = 'mutatingwebhookconfigurations,validatingwebhookconfigurations,clusterroles,clusterrolebindings'
const inSystem = 'deployments,services,networkpolicies,poddisruptionbudgets,serviceaccounts,roles,rolebindings'
const version = 'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion},{end}'

test('all of c8s: the tool writes once, leaves caBundle, and takes away all but the kinds', async () => {
  await flux.waitForReady('c8s', flux.publish('c8s', { files: { 'crds.yaml': crds, 'install.yaml': install } }))
  const path = '/webhooks/0/clientConfig/caBundle'
  // As c8s-admission does; what kubectl patches Flux takes back.
  const value = Buffer.from('-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n').toString('base64')
  const patch = JSON.stringify([{ op: 'add', path, value }])
  run('patch', 'mutatingwebhookconfiguration', 'c8s', '--field-manager=c8s', '--type=json', '-p', patch)
  const snapshot = () => run('get', `${kinds},${others},${inSystem}`, '-A', ...partOf, '-o', version)
  const before = snapshot()
  for (let round = 0; round < 3; round += 1) expect(await flux.reconcile('c8s')).toMatchObject({ isReady: true })
  expect(snapshot()).toBe(before)
  expect(before).toContain('MutatingWebhookConfiguration/c8s')
  run('delete', 'kustomizations.kustomize.toolkit.fluxcd.io', 'c8s', '--timeout=60s')
  expect(listOurs(`${kinds},${others}`)).toEqual(listOurs())
}, 180_000)
