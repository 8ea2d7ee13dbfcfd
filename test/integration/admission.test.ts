import { randomBytes } from 'node:crypto'
import process from 'node:process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthority, createLeaf, generateKeys } from '../../certs/pki.ts'
import type { PipelineConfig, PipelineRun } from '../../crds/kinds.ts'
import { createNearObjects, type WatchedObjects } from '../../src/bin/near-objects.ts'
import { renderJob } from '../../src/engine/job/job.ts'
import { createKubeClient } from '../../src/kube/adapter.ts'
import { type KubeConnection, openConnection } from '../../src/kube/connection.ts'
import { KubeError } from '../../src/kube/kube-error.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import { systemClock } from '../../src/kube/system-clock.ts'
import { systemTimers } from '../../src/kube/timers.ts'
import type { Job, KubeObject, ResourceType } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { renderMutatingConfiguration, renderValidatingConfiguration } from '../../webhooks/configuration.ts'
import { type RunningAdmission, runAdmission } from '../../webhooks/role.ts'
import { controller, server, someSettings } from '../helpers/admission.ts'
import {
  aConfig,
  aConnection,
  aForkRun,
  anEvent,
  anOwnJob,
  aPipeline,
  aRejectedRun,
  aRun,
  aSecret,
  fullCommit,
} from '../helpers/admission-objects.ts'
import { eventually } from '../helpers/eventually.ts'
import { waitForWebhooks } from '../helpers/running-webhooks.ts'

/** The webhooks of this process, asked by a real API server for the objects of one namespace. */
let connection: KubeConnection
let admin: KubeApi
let dev: KubeApi
let role: RunningAdmission
let watched: WatchedObjects
let namespace: string
const faults: unknown[] = []

/** As somebody else, with the rights of an admin: what is refused is refused by the webhooks, not by RBAC. */
function impersonate(user: string, group = 'system:masters'): KubeApi {
  const headers = { 'impersonate-user': user, 'impersonate-group': group }
  return createKubeClient({
    ...connection,
    send: (request) => connection.send({ ...request, headers: { ...request.headers, ...headers } }),
  })
}

const configurations = [
  { type: resourceTypes.mutatingWebhookConfiguration, render: renderMutatingConfiguration },
  { type: resourceTypes.validatingWebhookConfiguration, render: renderValidatingConfiguration },
]

interface Webhook {
  readonly clientConfig: { readonly service: { readonly path: string } }
}

/** The configuration as it is installed, but for the address, and for this namespace alone. */
function placeWebhooks(configuration: KubeObject, port: number, caBundle: string): KubeObject {
  const { webhooks } = configuration as KubeObject & { readonly webhooks: readonly Webhook[] }
  const placed = webhooks.map((webhook) => ({
    ...webhook,
    clientConfig: { url: `https://localhost:${port}${webhook.clientConfig.service.path}`, caBundle },
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  }))
  return { ...configuration, metadata: { name: namespace }, webhooks: placed } as KubeObject
}

async function startRole(): Promise<string> {
  const keys = await generateKeys()
  const notBefore = Date.now() - 60_000
  const request = () => ({
    keys,
    serial: Uint8Array.of(1, ...randomBytes(15)),
    notBefore,
    notAfter: notBefore + 3_600_000,
  })
  const authority = createAuthority(request())
  const leaf = createLeaf(authority, { ...request(), dnsNames: ['localhost'] })
  watched = createNearObjects({ source: admin, timers: systemTimers, onFault: (error) => faults.push(error) })
  watched.start()
  role = await runAdmission({
    source: admin,
    near: watched.near,
    certificates: { onLeaf: (listener) => listener(leaf), isTrusted: () => true },
    clock: systemClock,
    log: { info: () => undefined, error: (fields) => faults.push(fields) },
    settings: someSettings,
    webhookPort: 0,
    healthPort: 0,
    drainMs: 0,
  })
  return Buffer.from(authority.cert).toString('base64')
}

const here = <T extends KubeObject>(object: T): T => ({ ...object, metadata: { ...object.metadata, namespace } })
const refusalOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => new Error('it was allowed'),
    (failure: unknown) => failure,
  )
  return error instanceof KubeError ? `${error.status} ${error.detail}` : String(error)
}

beforeAll(async () => {
  connection = await openConnection(process.env)
  admin = createKubeClient(connection)
  dev = impersonate('dev')
  const made = await admin.create<KubeObject>(resourceTypes.namespace, { metadata: { generateName: 'c8s-admission-' } })
  namespace = made.metadata.name ?? ''
  const bundle = await startRole()
  const port = await role.webhookPort
  for (const { type, render } of configurations) await admin.create(type, placeWebhooks(render(), port, bundle))
  await waitForWebhooks(dev, namespace)
})

afterAll(async () => {
  for (const { type } of configurations) await admin.remove(type, { name: namespace })
  await role.stop()
  await watched.stop()
  await admin.remove(resourceTypes.namespace, { name: namespace })
  connection.close()
})

describe('a config', () => {
  it('is refused with every place that is wrong, and stored with its author otherwise', async () => {
    const steps = ['test', 'build'].map((name, index) => ({
      name,
      image: 'i',
      commands: ['c'],
      dependsOn: [['build', 'test'][index] ?? ''],
    }))
    const refusal = await refusalOf(dev.create(resourceTypes.pipelineConfig, here(aConfig({ steps }))))
    expect(refusal).toMatch(/^422 .*test → build → test/)
    const stored = await dev.create(resourceTypes.pipelineConfig, here(aConfig()))
    expect(stored.spec).toEqual(aPipeline())
    expect(JSON.parse(stored.metadata.annotations?.['c8s.dev/author'] ?? '{}')).toMatchObject({ username: 'dev' })
  })

  it('keeps its author, whoever touches its metadata', async () => {
    const key = { namespace, name: 'app' }
    const forged = await admin.patch(resourceTypes.pipelineConfig, key, {
      metadata: { annotations: { 'c8s.dev/author': 'x' } },
    })
    expect(forged.metadata.annotations?.['c8s.dev/author']).toContain('"dev"')
  })
})

describe('a run', () => {
  it('is frozen, stamped and labelled', async () => {
    const run = await dev.create(resourceTypes.pipelineRun, here(aRun({ triggeredBy: 'boss' })))
    expect(run.spec.plan?.steps.map(({ name }) => name)).toEqual(['test', 'build'])
    expect(run.spec).toMatchObject({ triggeredBy: 'dev', triggeredAt: run.metadata.creationTimestamp })
    expect(run.metadata.labels).toMatchObject({ 'c8s.dev/config': 'app', 'c8s.dev/commit': 'abc1234' })
  })

  it('of a config that changed a moment ago has the new plan, each time', async () => {
    for (let seconds = 100; seconds < 120; seconds += 1) {
      await dev.patch(resourceTypes.pipelineConfig, { namespace, name: 'app' }, { spec: { timeout: `${seconds}s` } })
      const run = await dev.create(resourceTypes.pipelineRun, here(aRun({}, { name: `moment-${seconds}` })))
      expect(run.spec.plan?.timeoutSeconds).toBe(seconds)
    }
  })

  it('finds config and connection that were made a moment ago', async () => {
    const repository = 'https://git.test/team/other'
    await dev.create(resourceTypes.repositoryConnection, here(aConnection({ repository, authSecretRef: 'key' })))
    await dev.create(resourceTypes.pipelineConfig, here(aConfig({ repository }, { name: 'other' })))
    const run = await dev.create(
      resourceTypes.pipelineRun,
      here(aRun({ pipelineConfigRef: 'other' }, { name: 'other-1' })),
    )
    expect(run.spec.plan?.clone).toMatchObject({ connection: 'forge', authSecretRef: 'key' })
  })

  it('with a generated name is let through', async () => {
    const generated: PipelineRun = { ...aRun(), metadata: { generateName: 'gen-', namespace } }
    const run = await dev.create(resourceTypes.pipelineRun, generated)
    expect(run.metadata.name).toMatch(/^gen-/)
  })

  it('of a config that does not exist is refused with the name that was meant', async () => {
    expect(
      await refusalOf(dev.create(resourceTypes.pipelineRun, here(aRun({ pipelineConfigRef: 'appp' }, { name: 'x' })))),
    ).toMatch(/^422 .*spec\.pipelineConfigRef: NotFound: PipelineConfig "appp" does not exist \(did you mean app\?\)/)
  })

  it('has a status that only the controller writes', async () => {
    const status = { status: { phase: 'Succeeded' } }
    const key = { namespace, name: 'app-1' }
    const write = (api: KubeApi) =>
      api.patch<PipelineRun>(resourceTypes.pipelineRun, key, status, { subresource: 'status' })
    expect(await refusalOf(write(admin))).toMatch(/^403 .*status: Forbidden/)
    expect((await write(impersonate(controller.username))).status?.phase).toBe('Succeeded')
  })
})

describe('a run of a pull request from a fork', () => {
  const key = { name: 'fork-1' }
  const type = resourceTypes.pipelineRun
  const fork = () => here({ ...aForkRun(), metadata: key })
  const approve = (api: KubeApi, approvedCommit: string, more: object = {}) =>
    api.patch<PipelineRun>(type, { namespace, ...key }, { spec: { approvedCommit, ...more } })

  const rbac = (plural: string, kind: string): ResourceType => {
    return { group: 'rbac.authorization.k8s.io', version: 'v1', plural, kind, namespaced: true }
  }
  /** By RBAC alone, for one run. */
  /** The API server's authorizer hears of a new role a moment after it is stored. */
  const waitForRight = (user: string, verb: string) =>
    eventually(`${user} may ${verb}`, async () => {
      const resourceAttributes = { namespace, verb, group: 'c8s.dev', resource: 'pipelineruns', name: key.name }
      const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: {} }
      const asked = { ...review, spec: { user, groups: ['people'], resourceAttributes } }
      const answer = await admin.create<KubeObject & { status?: { allowed?: boolean } }>(
        resourceTypes.subjectAccessReview,
        asked,
      )
      return answer.status?.allowed === true ? true : undefined
    })

  const allow = async (user: string, verbs: readonly string[]) => {
    const metadata = { name: user, namespace }
    const rules = [{ apiGroups: ['c8s.dev'], resources: ['pipelineruns'], resourceNames: [key.name], verbs }]
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: user }
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }]
    await admin.create<KubeObject>(rbac('roles', 'Role'), { metadata, rules } as KubeObject)
    await admin.create<KubeObject>(rbac('rolebindings', 'RoleBinding'), { metadata, roleRef, subjects } as KubeObject)
    for (const verb of verbs) await waitForRight(user, verb)
    return impersonate(user, 'people')
  }

  it('is made by c8s alone, for a connection of the namespace', async () => {
    const c8s = impersonate(server.username)
    expect(await refusalOf(dev.create(type, fork()))).toMatch(/^403 .*spec\.event: Forbidden/)
    expect(await refusalOf(dev.create(type, here(aRejectedRun())))).toMatch(/^403 .*spec\.event: Forbidden/)
    expect(await refusalOf(c8s.create(type, fork()))).toMatch(/^422 .*spec\.event\.connection: Invalid/)
    await dev.create(resourceTypes.repositoryConnection, here(aConnection({}, { name: 'own' })))
    const { event, ...spec } = fork().spec
    if (event === undefined) throw new Error('a run with an event is wanted')
    const wanted = { ...fork(), spec: { ...spec, event: { ...event, connection: 'own' }, triggeredBy: 'github:eve' } }
    const run = await c8s.create<PipelineRun>(type, wanted)
    expect(run.spec.plan?.untrusted?.reason).toBe('ForkPullRequest')
    expect(run.spec).toMatchObject({ triggeredBy: 'github:eve', event: { receivedBy: server.username } })
    expect(run.metadata.labels).toMatchObject({ 'c8s.dev/pull-request': '7', 'c8s.dev/event': 'pullRequest' })
    const rejected = here({ ...aRejectedRun(), metadata: { name: 'rejected-1' } })
    const shown = await c8s.create<PipelineRun>(type, {
      ...rejected,
      spec: { ...rejected.spec, event: anEvent({ connection: 'own' }) },
    })
    expect(shown.spec.plan).toBeUndefined()
  })

  it('is approved by whoever has the verb, for its own commit, once', async () => {
    const tenant = await allow('tenant', ['get', 'patch'])
    expect(await refusalOf(approve(tenant, fullCommit))).toMatch(/^403 .*spec\.approvedCommit: ApprovalForbidden/)
    const lead = await allow('lead', ['get', 'patch', 'approve'])
    expect(await refusalOf(approve(lead, 'f'.repeat(40)))).toMatch(/^422 .*must be abc1234/)
    expect((await approve(lead, fullCommit, { approvedBy: 'boss' })).spec.approvedBy).toBe('lead')
    expect((await approve(tenant, fullCommit, { approvedBy: 'boss' })).spec.approvedBy).toBe('lead')
    expect(await refusalOf(approve(lead, 'f'.repeat(40)))).toMatch(/cannot be taken back/)
  })
})

describe('a Job', () => {
  const createStep = async (api: KubeApi, name: string) => {
    const run = await dev.create<PipelineRun>(resourceTypes.pipelineRun, here(aRun({}, { name })))
    const [step] = run.spec.plan?.steps ?? []
    if (step === undefined) throw new Error('the run has no plan')
    return api.create<Job>(resourceTypes.job, renderJob({ run, step, attempt: 1, ttlSeconds: 60 }))
  }

  it("of a run's step is made whole for the controller, and refused for everybody else", async () => {
    expect(await refusalOf(createStep(admin, 'job-1'))).toMatch(/^403 .*c8s\.dev\/job-type\]: Forbidden/)
    const job = await createStep(impersonate(controller.username), 'job-2')
    expect(job.spec?.template.spec.containers.map(({ name }) => name)).toEqual(['c8s-log', 'step'])
    expect(job.spec?.template.spec.initContainers?.map(({ name }) => name)).toEqual(['c8s-clone'])
    expect(job.spec?.template.spec).toMatchObject({
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 60,
    })
    const label = { metadata: { labels: { 'c8s.dev/step': 'other' } } }
    const change = admin.patch(resourceTypes.job, { namespace, name: job.metadata.name ?? '' }, label)
    expect(await refusalOf(change)).toMatch(/c8s\.dev\/step\]: Immutable/)
  })

  it("of a user's own gets clone, Secrets and shipper", async () => {
    await admin.create(resourceTypes.secret, here(aSecret('token')))
    const job = anOwnJob({
      'c8s.dev/repository': 'https://git.test/team/app',
      'c8s.dev/commit': 'abc1234',
      'c8s.dev/secrets': '[{"secretRef":"token","key":"T"},{"secretRef":"token","key":"T","file":"t"}]',
      'c8s.dev/timeout': '90s',
    })
    const stored = await dev.create(resourceTypes.job, here(job))
    expect(stored.spec?.template.spec.containers.map(({ name }) => name)).toEqual(['c8s-log', 'main'])
    expect(stored.spec?.template.spec.terminationGracePeriodSeconds).toBe(30)
    const labels = { 'c8s.dev/job-type': 'own' }
    const plain = await dev.create(resourceTypes.job, here({ ...anOwnJob(), metadata: { name: 'plain', namespace } }))
    expect(plain.spec?.template.spec.containers.map(({ name }) => name)).toEqual(['main'])
    expect(
      await refusalOf(dev.patch(resourceTypes.job, { namespace, name: 'plain' }, { metadata: { labels } })),
    ).toMatch(/Immutable/)
  })
})

describe('with nobody to ask', () => {
  it('other Jobs are made as ever, ours are refused soon, and what is being deleted can go', async () => {
    const finalizers = ['c8s.dev/test']
    await dev.create<PipelineConfig>(resourceTypes.pipelineConfig, here(aConfig({}, { name: 'ending', finalizers })))
    await role.stop()
    await dev.create(resourceTypes.job, here({ ...anOwnJob(), metadata: { name: 'unrelated', namespace } }))
    const begin = performance.now()
    expect(await refusalOf(dev.create(resourceTypes.job, here(anOwnJob({}, {}))))).toMatch(/inject\.c8s\.dev/)
    expect(performance.now() - begin).toBeLessThan(30_000)
    await dev.remove(resourceTypes.pipelineConfig, { namespace, name: 'ending' })
    await dev.patch(resourceTypes.pipelineConfig, { namespace, name: 'ending' }, { metadata: { finalizers: null } })
    expect(await admin.get(resourceTypes.pipelineConfig, { namespace, name: 'ending' })).toBeUndefined()
    await dev.remove(resourceTypes.pipelineRun, { namespace, name: 'app-1' })
    const status = { status: { phase: 'Running' } }
    const key = { namespace, name: 'job-2' }
    await impersonate(controller.username).patch(resourceTypes.pipelineRun, key, status, { subresource: 'status' })
  })

  it('no fault of ours came up in all this', () => {
    expect(faults).toEqual([])
  })
})
