import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { PipelineConfig, PipelineRun, RepositoryConnection } from '../../crds/kinds.ts'
import { apiVersion } from '../../crds/labels.ts'
import type { Report } from '../../crds/parts/event.ts'
import { type Controller, createController } from '../../src/controller/controller.ts'
import { judgeReportState } from '../../src/engine/report-state.ts'
import { defaultSettings } from '../../src/engine/snapshot.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import { systemClock } from '../../src/kube/system-clock.ts'
import { systemTimers } from '../../src/kube/timers.ts'
import type { KubeObject, ResourceType } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { ClusterPlayer } from '../helpers/cluster-player.ts'
import { makeStep, waitFor } from '../helpers/controller-playground.ts'
import { makeGroupRun } from '../helpers/group-run.ts'
import { withReleasedJobs } from '../helpers/released-jobs.ts'
import { type ServedKinds, serveKinds } from '../helpers/served-kinds.ts'

let served: ServedKinds | undefined
let api: KubeApi
let namespace: string

beforeAll(async () => {
  served = await serveKinds({ fieldManager: 'c8s-controller' })
  api = served.api
})

afterAll(async () => {
  await served?.stop()
})

beforeEach(async () => {
  const made = await api.create<KubeObject>(resourceTypes.namespace, { metadata: { generateName: 'owners-' } })
  namespace = made.metadata.name ?? ''
})

const controllers: Controller[] = []
afterEach(async () => {
  await Promise.all(controllers.splice(0).map((controller) => controller.stop()))
})

/** What the controller asked and tried to write, by verb and kind, and the kinds of what was written: not each try is. */
function startController(): { readonly calls: string[]; readonly written: string[] } {
  const calls: string[] = []
  const written: string[] = []
  const noted: KubeApi = {
    ...api,
    getMetadata: (type, key) => {
      calls.push(`look at ${type.plural}`)
      return api.getMetadata(type, key)
    },
    apply: async (type, ...given) => {
      calls.push(`apply ${type.plural}`)
      const stored = await api.apply(type, ...given)
      written.push(type.plural)
      return stored
    },
  }
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const controller = createController({
    api: withReleasedJobs(noted),
    clock: systemClock,
    timers: systemTimers,
    settings: defaultSettings,
    log: silent,
  })
  controllers.push(controller)
  controller.start()
  controller.lead()
  return { calls, written }
}

async function applyStatus(type: ResourceType, status: object, fieldManager: string): Promise<void> {
  const body = { apiVersion, kind: type.kind, metadata: { namespace, name: 'one' }, status }
  await api.apply(type, body, { subresource: 'status', force: true, fieldManager })
}

interface ManagedFields {
  readonly manager: string
  readonly operation: string
  readonly fieldsV1: { readonly 'f:status'?: Readonly<Record<string, unknown>> }
}

/** Names of the fields of status that a field manager owns; conditions by type. */
async function listOwned(type: ResourceType, manager: string): Promise<readonly string[]> {
  const object = await api.get(type, { namespace, name: 'one' })
  const { managedFields = [] } = (object?.metadata ?? {}) as { managedFields?: readonly ManagedFields[] }
  const entry = managedFields.find((each) => each.manager === manager && each.operation === 'Apply')
  const { 'f:conditions': conditions = {}, ...fields } = entry?.fieldsV1['f:status'] ?? {}
  return [...Object.keys(fields), ...Object.keys(conditions as object)].toSorted()
}

const standing = ['Ready', 'Reconciling', 'Stalled'].map((type) => `k:{"type":"${type}"}`)
const registered = { type: 'WebhookRegistered', status: 'True', reason: 'Created', message: 'm' }
const told = {
  webhookURL: 'https://c8s.example/webhooks/github',
  heads: [{ ref: 'refs/heads/main', commit: 'a'.repeat(40) }],
  conditions: [registered],
}
const connectionType = resourceTypes.repositoryConnection
const readConnection = () => api.get<RepositoryConnection>(connectionType, { namespace, name: 'one' })

function createConnection(): Promise<RepositoryConnection> {
  const spec = { repository: 'https://git.example/r', provider: 'github' as const, authSecretRef: 'missing' }
  return api.create<RepositoryConnection>(connectionType, { metadata: { namespace, name: 'one' }, spec })
}

it('gives up what an earlier version applied under its name, and takes nothing of it away', async () => {
  await createConnection()
  // An earlier version applied the status as it found it, the conditions of others too.
  await applyStatus(connectionType, told, 'c8s-forge')
  await applyStatus(connectionType, { ...told, observedGeneration: 1 }, 'c8s-controller')
  expect(await listOwned(connectionType, 'c8s-controller')).toContain('f:heads')
  startController()
  const owned = await waitFor(async () => {
    const found = await listOwned(connectionType, 'c8s-controller')
    return found.includes('f:heads') ? undefined : found
  }, 15_000)
  expect(owned).toEqual(['f:observedGeneration', ...standing].toSorted())
  expect((await readConnection())?.status).toMatchObject({ webhookURL: told.webhookURL, heads: told.heads })
  expect((await readConnection())?.status?.conditions).toContainEqual(registered)
  const { heads: _, ...rest } = told
  await applyStatus(connectionType, rest, 'c8s-forge')
  expect((await readConnection())?.status).not.toHaveProperty('heads')
})

it('does not answer to what the other manager writes', async () => {
  await createConnection()
  const { calls } = startController()
  const countOf = (call: string) => calls.filter((each) => each === call).length
  await waitFor(async () => ((await readConnection())?.status?.conditions ? true : undefined), 15_000)
  const applies = countOf('apply repositoryconnections')
  for (const ref of ['a', 'b', 'c']) {
    const looks = countOf('look at secrets')
    await applyStatus(connectionType, { ...told, heads: [{ ref, commit: 'a'.repeat(40) }] }, 'c8s-forge')
    // Each pass looks whether the Secret is there.
    await waitFor(async () => (countOf('look at secrets') > looks ? true : undefined), 15_000)
  }
  const { resourceVersion } = (await readConnection())?.metadata ?? {}
  const looks = countOf('look at secrets')
  await api.patch(connectionType, { namespace, name: 'one' }, { metadata: { annotations: { touched: 'yes' } } })
  await waitFor(async () => (countOf('look at secrets') > looks ? true : undefined), 15_000)
  expect(countOf('apply repositoryconnections')).toBe(applies)
  expect(Number((await readConnection())?.metadata.resourceVersion)).toBeGreaterThan(Number(resourceVersion))
  expect(await listOwned(connectionType, 'c8s-forge')).toEqual([
    'f:heads',
    'f:webhookURL',
    'k:{"type":"WebhookRegistered"}',
  ])
})

it('an apply that changes nothing is no new version of a config', async () => {
  const type = resourceTypes.pipelineConfig
  const spec = { repository: 'https://git.example/r', steps: [{ name: 'a', image: 'i', commands: ['c'] }] }
  await api.create<PipelineConfig>(type, { metadata: { namespace, name: 'one' }, spec })
  await applyStatus(type, { lastRequest: { token: '1' }, lastScheduled: '2026-01-01T00:00:00Z' }, 'c8s-forge')
  const read = () => api.get<PipelineConfig>(type, { namespace, name: 'one' })
  const first = startController()
  await waitFor(async () => ((await read())?.status?.conditions ? true : undefined), 15_000)
  const { resourceVersion } = (await read())?.metadata ?? {}
  const second = startController()
  await waitFor(async () => (second.calls.includes('apply pipelineconfigs') ? true : undefined), 15_000)
  expect((await read())?.metadata.resourceVersion).toBe(resourceVersion)
  expect(first.calls.filter((call) => call === 'apply pipelineconfigs')).toHaveLength(1)
  expect((await read())?.status).toMatchObject({ lastRequest: { token: '1' }, totalRuns: 0 })
})

it('tells of a run beside the controller, without a write too many of either', async () => {
  const type = resourceTypes.pipelineRun
  const steps = [makeStep('lint'), makeStep('unit', 'lint')]
  const made = makeGroupRun({ name: 'one', commit: 'a'.repeat(40), event: {}, plan: { steps } })
  await api.create<PipelineRun>(type, { ...made, metadata: { namespace, name: 'one' } })
  const read = () => api.get<PipelineRun>(type, { namespace, name: 'one' })
  const player = new ClusterPlayer({ api, namespace, script: {}, pauseMs: 20 })
  player.start()
  const { written } = startController()
  let reports = 0
  const run = await waitFor(async () => {
    const found = await read()
    if (found?.status?.phase === undefined) return undefined
    const report: Report = { state: judgeReportState(found), id: '17' }
    if (found.status.report?.state === report.state)
      return found.status.completionTime === undefined ? undefined : found
    reports += 1
    await applyStatus(type, { report }, 'c8s-report')
    return undefined
  }, 30_000)
  await player.stop()
  expect(run.status).toMatchObject({ phase: 'Succeeded', report: { state: 'success', id: '17' }, progress: '2/2' })
  expect(reports).toBeLessThanOrEqual(3)
  expect(written.filter((plural) => plural === 'pipelineruns').length).toBeLessThan(15)
  expect(await listOwned(type, 'c8s-controller')).not.toContain('f:report')
  expect(await listOwned(type, 'c8s-report')).toEqual(['f:report'])
})
