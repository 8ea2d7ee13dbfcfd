import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { PipelineConfig, PipelineRun, RepositoryConnection } from '../../crds/kinds.ts'
import { createHeadsPart } from '../../src/forge/heads/part.ts'
import type { Part, PartDeps } from '../../src/forge/part.ts'
import { createSchedulePart } from '../../src/forge/schedule/part.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { waitFor } from '../helpers/controller-playground.ts'
import { createPartDeps } from '../helpers/forge-part.ts'
import { ListingForge } from '../helpers/listing-forge.ts'
import { type ServedKinds, serveKinds } from '../helpers/served-kinds.ts'

const { pipelineConfig, pipelineRun, repositoryConnection } = resourceTypes
const [first, second] = ['a', 'b'].map((digit) => digit.repeat(40)) as [string, string]
const repository = 'https://git.example/team/app'

let served: ServedKinds | undefined
let api: KubeApi
let namespace: string
let forge: ListingForge

beforeAll(async () => {
  served = await serveKinds({ fieldManager: 'c8s-controller' })
  api = served.api
})

afterAll(async () => {
  await served?.stop()
})

beforeEach(async () => {
  const made = await api.create<KubeObject>(resourceTypes.namespace, { metadata: { generateName: 'forge-' } })
  namespace = made.metadata.name ?? ''
  forge = new ListingForge()
})

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

async function start(create: (deps: PartDeps) => Part, change: Partial<PartDeps> = {}): Promise<() => Promise<void>> {
  const started = await createPartDeps({ kube: api, openForge: async () => forge })
  const part = create({ ...started.deps, ...change })
  part.start()
  const stop = async () => {
    await part.stop()
    await started.stop()
  }
  stops.push(stop)
  return stop
}

const readConnection = () => api.get<RepositoryConnection>(repositoryConnection, { namespace, name: 'app' })
const readConfig = () => api.get<PipelineConfig>(pipelineConfig, { namespace, name: 'app' })
const listRuns = async () => (await api.list<PipelineRun>(pipelineRun, { namespace })).items

function createConfig(spec: Partial<PipelineConfig['spec']>, annotations: Record<string, string>) {
  const steps = [{ name: 'test', image: 'busybox', commands: ['true'] }]
  return api.create<PipelineConfig>(pipelineConfig, {
    metadata: { namespace, name: 'app', annotations },
    spec: { repository, steps, ...spec },
  })
}

it('heads are remembered as the schema has them, none as none, and found moved by the next process', async () => {
  const spec = { repository, provider: 'gitea' as const, webhookSecretRef: 'hook', pollInterval: '10s' }
  await api.create<RepositoryConnection>(repositoryConnection, { metadata: { namespace, name: 'app' }, spec })
  const handed: string[] = []
  const intake: PartDeps['intake'] = {
    handle: async (_, event) => {
      handed.push(event.kind === 'push' ? `${event.ref.name} ${event.commit}` : event.kind)
      return { verdict: 'Started', reason: 'Started', message: 'started app', runs: ['app'] }
    },
  }
  const soon = { intake, deliveries: { note: () => undefined, drain: async () => undefined } }
  const stop = await start(createHeadsPart, soon)
  const empty = await waitFor(async () => {
    const found = await readConnection()
    return found?.status?.conditions === undefined ? undefined : found
  }, 20_000)
  expect(empty.status).toMatchObject({ heads: [], headsOf: 'git.example/team/app' })
  await stop()
  forge.refs.set('refs/heads/main', first)
  forge.refs.set('refs/tags/v1', second)
  await start(createHeadsPart, soon)
  await waitFor(async () => ((await readConnection())?.status?.heads?.length === 2 ? true : undefined), 20_000)
  expect(handed).toEqual([`main ${first}`, `v1 ${second}`])
})

it('a request is one run, whichever of two controllers is asked, and status tells its name', async () => {
  forge.refs.set('refs/heads/main', first)
  await createConfig({}, { 'c8s.dev/run-requested': 'now', 'c8s.dev/run-requested-by': 'alice' })
  await Promise.all([start(createSchedulePart), start(createSchedulePart)])
  const { status } = await waitFor(async () => {
    const found = await readConfig()
    return found?.status?.lastRequest?.run === undefined ? undefined : found
  }, 20_000)
  const runs = await listRuns()
  expect(runs.map(({ metadata }) => metadata.name)).toEqual([status?.lastRequest?.run])
  expect(runs[0]?.spec).toMatchObject({ pipelineConfigRef: 'app', commit: first, event: { type: 'request' } })
})

it('a moment is one run, and status tells up to when schedules were served', async () => {
  forge.refs.set('refs/heads/main', first)
  const made = await createConfig({ triggers: { schedules: [{ cron: '*/5 * * * *', timeZone: 'Europe/Berlin' }] } }, {})
  // The clock of this test is five minutes ahead, and stands still.
  const now = Date.parse(made.metadata.creationTimestamp ?? '') + 300_000
  const clock = { now: () => now }
  const stop = await start(createSchedulePart, { clock })
  const served = await waitFor(async () => (await readConfig())?.status?.lastScheduled, 20_000)
  expect(Date.parse(served) % 300_000).toBe(0)
  await stop()
  await start(createSchedulePart, { clock })
  await createRequest()
  await waitFor(async () => ((await readConfig())?.status?.lastRequest?.run === undefined ? undefined : true), 20_000)
  const types = (await listRuns()).map(({ spec }) => spec.event?.type ?? '')
  expect(types.toSorted()).toEqual(['request', 'schedule'])
  expect(await readConfig()).toMatchObject({ status: { lastScheduled: served } })
})

/** Something to wait for after which a second run of the moment would be there. */
function createRequest() {
  const metadata = { annotations: { 'c8s.dev/run-requested': 'then' } }
  return api.patch(pipelineConfig, { namespace, name: 'app' }, { metadata })
}
