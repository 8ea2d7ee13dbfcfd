import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PipelineConfig, PipelineRun } from '../../crds/kinds.ts'
import type { Manifest } from '../helpers/cluster.ts'
import { FluxCluster, listInventory } from '../helpers/gitops/flux-cluster.ts'

const cluster = new FluxCluster('gitops-token')
const config = 'pipelineconfigs.c8s.dev/nightly'

beforeAll(() => cluster.start())
afterAll(() => cluster.stop())

/** The config of the page with another token. */
function withToken(token: string): Manifest {
  const nightly = cluster.find('PipelineConfig', 'nightly')
  const annotations = { ...nightly.metadata.annotations, 'c8s.dev/run-requested': token }
  return { ...nightly, metadata: { ...nightly.metadata, annotations } }
}

const readConfig = () => JSON.parse(cluster.run('get', config, '-o', 'json')) as PipelineConfig
const listRuns = () => cluster.list('pipelineruns.c8s.dev') as unknown as readonly PipelineRun[]
const listTokens = () =>
  listRuns()
    .map(({ spec }) => spec.event?.delivery?.replace('request:', '') ?? '')
    .toSorted()

function waitForToken(token: string): PipelineConfig {
  cluster.run('wait', `--for=jsonpath={.status.lastRequest.token}=${token}`, config, '--timeout=60s')
  return readConfig()
}

/** As a commit does. */
async function sync(token: string): Promise<PipelineConfig> {
  await cluster.flux.waitForReady('tokens', cluster.commit('tokens', [withToken(token)]))
  return waitForToken(token)
}

test('the token of the page is one run, however often it is synced', async () => {
  const first = cluster.deploy('tokens', [cluster.find('PipelineConfig', 'nightly')], { like: 'pipelines' })
  await cluster.flux.waitForReady('tokens', first)
  const { status } = waitForToken('release-7')
  for (let round = 0; round < 3; round += 1) await cluster.flux.reconcile('tokens')
  const [run, ...others] = listRuns()
  expect(others).toEqual([])
  expect(run?.metadata.name).toBe(status?.lastRequest?.run)
  expect(run?.spec).toMatchObject({ branch: 'main', commit: cluster.sample.commits.main })
  expect(cluster.waitForRun(run?.metadata.name ?? '').status?.phase).toBe('Succeeded')
})

test('each further token is one more, also while Flux and c8s are started anew', async () => {
  await sync('release-8')
  await cluster.flux.restart()
  cluster.run('-n', 'c8s-system', 'delete', 'pods', '-l', 'app.kubernetes.io/component=controller', '--wait=false')
  await sync('release-9')
  await cluster.flux.reconcile('tokens')
  expect(listTokens()).toEqual(['release-7', 'release-8', 'release-9'])
})

test('a revert puts an older token back, and nothing runs', async () => {
  const { status } = await sync('release-7')
  expect(status?.lastRequest).toEqual({ token: 'release-7', message: expect.stringContaining('came to a run before') })
  expect(listTokens()).toEqual(['release-7', 'release-8', 'release-9'])
})

test('kubectl beside Flux: its token is a run, then Flux puts its own back', async () => {
  cluster.run('annotate', '--overwrite', config, 'c8s.dev/run-requested=by-hand')
  expect(waitForToken('by-hand').status?.lastRequest?.run).toBeDefined()
  await cluster.flux.reconcile('tokens')
  waitForToken('release-7')
  expect(listTokens()).toEqual(['by-hand', 'release-7', 'release-8', 'release-9'])
})

test('runs of tokens are not the tool’s: pruning the config leaves them, and the config that comes back runs nothing', async () => {
  expect(listInventory(cluster.flux.get('tokens'))).toEqual(['PipelineConfig/nightly'])
  expect(JSON.stringify(listRuns())).not.toContain('fluxcd.io')
  await cluster.flux.waitForReady('tokens', cluster.commit('tokens', []))
  cluster.run('wait', '--for=delete', config, '--timeout=30s')
  const { status } = await sync('release-8')
  expect(status?.lastRequest?.run).toBeDefined()
  expect(listTokens()).toEqual(['by-hand', 'release-7', 'release-8', 'release-9'])
})
