import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { PipelineConfig, PipelineRun } from '../../crds/kinds.ts'
import { createSchedulePart } from '../../src/forge/schedule/part.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { waitFor } from '../helpers/controller-playground.ts'
import { createPartDeps } from '../helpers/forge-part.ts'
import { ListingForge } from '../helpers/listing-forge.ts'
import { type ServedKinds, serveKinds } from '../helpers/served-kinds.ts'

const { pipelineConfig, pipelineRun } = resourceTypes
const repository = 'https://git.example/team/app'
const commit = 'a'.repeat(40)

let served: ServedKinds | undefined
let api: KubeApi
let namespace: string
const forge = new ListingForge()
forge.refs.set('refs/heads/main', commit)

beforeAll(async () => {
  served = await serveKinds({ fieldManager: 'c8s-controller' })
  api = served.api
})
afterAll(async () => {
  await served?.stop()
})
beforeEach(async () => {
  const made = await api.create<KubeObject>(resourceTypes.namespace, { metadata: { generateName: 'token-' } })
  namespace = made.metadata.name ?? ''
})

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

/** The part of a controller that serves tokens, as one that leads has it. */
async function start(): Promise<() => Promise<void>> {
  const started = await createPartDeps({ kube: api, openForge: async () => forge })
  const part = createSchedulePart(started.deps)
  part.start()
  let isOver = false
  const stop = async () => {
    if (isOver) return
    isOver = true
    await part.stop()
    await started.stop()
  }
  stops.push(stop)
  return stop
}

/** What a GitOps tool sends each time, whole, under a name of its own. */
function sync(token: string, manager = 'kustomize-controller') {
  const steps = [{ name: 'test', image: 'busybox', commands: ['true'] }]
  const { group, version, kind } = pipelineConfig
  const metadata = { namespace, name: 'app', annotations: { 'c8s.dev/run-requested': token } }
  const body = { apiVersion: `${group}/${version}`, kind, metadata, spec: { repository, branches: ['main'], steps } }
  return api.apply(pipelineConfig, body, { force: true, fieldManager: manager })
}

const readStatus = async () => (await api.get<PipelineConfig>(pipelineConfig, { namespace, name: 'app' }))?.status
const listRuns = async () => (await api.list<PipelineRun>(pipelineRun, { namespace })).items
const waitForToken = (token: string) =>
  waitFor(async () => {
    const status = await readStatus()
    return status?.lastRequest?.token === token ? status.lastRequest : undefined
  }, 20_000)
const listTokens = async () =>
  (await listRuns()).map(({ spec }) => spec.event?.delivery?.replace('request:', '') ?? '').sort()

async function deleteRuns(): Promise<void> {
  for (const { metadata } of await listRuns()) {
    const key = { namespace, name: metadata.name ?? '' }
    await api.patch(pipelineRun, key, { metadata: { finalizers: null } })
    await api.remove(pipelineRun, key)
  }
  await waitFor(async () => ((await listRuns()).length === 0 ? true : undefined), 20_000)
}

it('syncs and restarts in between make no second run of a token', async () => {
  for (const token of ['one', 'two', 'three']) {
    const stop = await start()
    await sync(token)
    const { run } = await waitForToken(token)
    expect(run).toBeDefined()
    await sync(token)
    await stop()
    await sync(token)
  }
  await start()
  await sync('last')
  await waitForToken('last')
  expect(await listTokens()).toEqual(['last', 'one', 'three', 'two'])
})

it('an older token that is put back runs nothing, though its run is gone and the controller is another', async () => {
  const stop = await start()
  for (const token of ['one', 'two']) {
    await sync(token)
    await waitForToken(token)
  }
  await stop()
  await deleteRuns()
  await start()
  await sync('one')
  expect(await waitForToken('one')).toEqual({ token: 'one', message: expect.stringContaining('came to a run before') })
  await sync('two')
  await waitForToken('two')
  expect(await listRuns()).toEqual([])
})

it('a config that is deleted and applied again finds the run of its token', async () => {
  await start()
  await sync('one')
  const { run } = await waitForToken('one')
  await api.remove(pipelineConfig, { namespace, name: 'app' })
  await sync('one')
  expect(await waitForToken('one')).toEqual({ token: 'one', run })
  expect(await listTokens()).toEqual(['one'])
})

it('two controllers at once, and two tools that fight over the token, come to one run each', async () => {
  await Promise.all([start(), start()])
  const tokens = ['left', 'right']
  const tools = ['argocd-controller', 'kustomize-controller']
  for (let round = 0; round < 10; round += 1) await sync(tokens[round % 2] ?? '', tools[round % 2])
  await sync('end')
  await waitForToken('end')
  // A token that was there for a moment only may have been seen by nobody; none is served twice.
  const served = await listTokens()
  expect(served).toEqual([...new Set(served)])
  expect(served).toContain('end')
})
