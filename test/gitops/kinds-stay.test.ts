import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kubectl } from '../../deploy/install/kubectl.ts'
import { startTestApiServer, type TestApiServer } from '../helpers/api-server.ts'
import { type Flux, startFlux } from '../helpers/gitops/flux.ts'

/** Flux brings the kinds of c8s to an API server of their own, and is then told in every way to take them away. */
const crds = readFileSync(join(import.meta.dirname, '../../deploy/crds.yaml'), 'utf8')
const other = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other' } })
const kustomization = JSON.stringify({
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  metadata: { name: 'c8s', namespace: 'default' },
  spec: {
    sourceRef: { kind: 'GitRepository', name: 'c8s' },
    path: './',
    targetNamespace: 'default',
    prune: true,
    interval: '10m',
    retryInterval: '2s',
  },
})
const source = JSON.stringify({
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  metadata: { name: 'c8s', namespace: 'default' },
  spec: { url: 'https://github.com/example/c8s.git', interval: '10m' },
})

let server: TestApiServer
let flux: Flux
beforeAll(async () => {
  server = await startTestApiServer()
  flux = await startFlux({ target: server, namespace: 'default' })
}, 600_000)
afterAll(async () => {
  await flux.stop()
  await server.stop()
})

const run = (...args: readonly string[]) => kubectl(server, ['-n', 'default', ...args])
const kinds = 'customresourcedefinitions,validatingadmissionpolicies,validatingadmissionpolicybindings'
const listOurs = () => run('get', kinds, '-l', 'app.kubernetes.io/part-of=c8s', '-o', 'name').trim().split('\n')
const countConfigMaps = () => run('get', 'configmaps', '--field-selector', 'metadata.name=other', '-o', 'name')

test('what leaves Git is pruned, the kinds and their policy are not; nor when the Kustomization goes', async () => {
  kubectl(server, ['apply', '-f', '-'], `${source}\n---\n${kustomization}`)
  await flux.waitForReady('c8s', flux.publish('c8s', { files: { 'crds.yaml': crds, 'other.yaml': other } }))
  expect(listOurs()).toHaveLength(5)
  await flux.waitForReady('c8s', flux.publish('c8s', { files: { 'other.yaml': other } }))
  expect(listOurs()).toHaveLength(5)
  await flux.waitForReady('c8s', flux.publish('c8s', { files: { 'crds.yaml': crds } }))
  expect(countConfigMaps()).toBe('')
  run('delete', 'kustomizations.kustomize.toolkit.fluxcd.io', 'c8s', '--timeout=60s')
  expect(listOurs()).toHaveLength(5)
}, 180_000)
