import process from 'node:process'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { createNetworkPoliciesPart } from '../../src/controller/network-policies/part.ts'
import { renderJob } from '../../src/engine/job/job.ts'
import { createKubeClient } from '../../src/kube/adapter.ts'
import { openConnection } from '../../src/kube/connection.ts'
import { isAlreadyExists } from '../../src/kube/kube-error.ts'
import { systemTimers } from '../../src/kube/timers.ts'
import type { Job, KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { controller } from '../helpers/admission.ts'
import { anInlineRun, anOwnJob } from '../helpers/admission-objects.ts'
import { eventually } from '../helpers/eventually.ts'
import { type RunningWebhooks, startWebhooks } from '../helpers/running-webhooks.ts'

/** Webhooks and controller part of this process, asked by a real API server, which defaults and rewrites what it stores. */

let webhooks: RunningWebhooks
let part: ReturnType<typeof createNetworkPoliciesPart>
const faults: unknown[] = []

const policy = `version: v1alpha1
nodeSelector: { allowed: { disk: [ssd] }, required: { pool: ci } }
tolerations: [{ key: ci, operator: Exists }]
serviceAccounts: [deployer]
securityLevel: restricted
egress: { mode: https, allow: [{ cidr: 10.0.0.0/8, ports: [{ port: 22 }] }] }
`
const name = 'integration'
const configMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'c8s-system', labels: { 'c8s.dev/policy': name } },
}

beforeAll(async () => {
  const connection = await openConnection(process.env)
  const admin = createKubeClient(connection)
  await admin.create(resourceTypes.namespace, { metadata: { name: 'c8s-system' } }).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error
  })
  await admin.apply(resourceTypes.configMap, { ...configMap, data: { 'policy.yaml': policy } } as KubeObject, {
    force: true,
  })
  webhooks = await startWebhooks(connection)
  const log = {
    info: () => undefined,
    warn: (fields: object) => faults.push(fields),
    error: (fields: object) => faults.push(fields),
  }
  part = createNetworkPoliciesPart({ api: admin, timers: systemTimers, log })
  part.start()
  const label = { metadata: { labels: { 'c8s.dev/policy': name } } }
  await admin.patch(resourceTypes.namespace, { name: webhooks.namespace }, label)
  const limits = [
    { type: 'Container', min: { cpu: '60m' }, default: { memory: '256Mi' }, defaultRequest: { memory: '64Mi' } },
  ]
  const range = { metadata: { name: 'sizes', namespace: webhooks.namespace }, spec: { limits } }
  await admin.create(resourceTypes.limitRange, range)
})
afterAll(async () => {
  await part.stop()
  await webhooks.admin.remove(resourceTypes.configMap, { name, namespace: 'c8s-system' })
  await webhooks.stop()
})

const step = {
  name: 'test',
  image: 'node:24',
  commands: ['true'],
  nodeSelector: { disk: 'ssd' },
  tolerations: [{ key: 'ci', value: 'yes', effect: 'NoSchedule' as const }],
  serviceAccountName: 'deployer',
}
const inNamespace = <T extends KubeObject>(object: T): T => ({
  ...object,
  metadata: { ...object.metadata, namespace: webhooks.namespace },
})
const aRun = (runName: string) => {
  const run = inNamespace(anInlineRun({ steps: [step] }))
  return { ...run, metadata: { ...run.metadata, name: runName } }
}

it('makes the NetworkPolicy once, and what is stored is what was wanted', async () => {
  const key = { namespace: webhooks.namespace, name: 'c8s-steps' }
  const find = () => webhooks.admin.get(resourceTypes.networkPolicy, key)
  const made = await eventually('the NetworkPolicy', find, 20)
  await webhooks.admin.patch(resourceTypes.networkPolicy, key, { metadata: { annotations: { touched: 'yes' } } })
  await webhooks.admin.patch(resourceTypes.networkPolicy, key, { spec: { egress: [] } })
  const mended = await eventually(
    'its repair',
    async () => {
      const found = (await find()) as (KubeObject & { spec: { egress?: unknown[] } }) | undefined
      return found?.spec.egress?.length === 3 ? found : undefined
    },
    20,
  )
  // The touch alone is nobody's business: generation counts changes of the spec.
  expect([made.metadata.generation, mended.metadata.generation]).toEqual([1, 3])
})

it('places a step, and what the API server makes of its Job is still what was injected', async () => {
  const dev = webhooks.impersonate('dev')
  const run = await eventually('a run that carries policy and LimitRange', async () => {
    const made = await dev.create<PipelineRun>(resourceTypes.pipelineRun, aRun('try'), { dryRun: true })
    return made.spec.plan?.policy !== undefined && made.spec.plan.steps[0]?.resources?.memory === '64Mi'
      ? made
      : undefined
  })
  expect(run.spec.plan?.steps[0]?.resources).toEqual({ cpu: '500m', memory: '64Mi', memoryLimit: '256Mi' })
  const stored = await dev.create<PipelineRun>(resourceTypes.pipelineRun, aRun('placed'))
  const [planned] = stored.spec.plan?.steps ?? []
  if (planned === undefined) throw new Error('the run has no plan')
  const job = renderJob({ run: stored, step: planned, attempt: 1, ttlSeconds: 60 })
  const made = await webhooks.impersonate(controller.username).create<Job>(resourceTypes.job, job)
  expect(made.spec?.template.spec).toMatchObject({
    nodeSelector: { disk: 'ssd', pool: 'ci' },
    tolerations: step.tolerations,
    serviceAccountName: 'deployer',
    automountServiceAccountToken: true,
  })
  expect(made.spec?.template.spec.containers[0]?.resources?.requests?.['cpu']).toBe('60m')
})

it('holds Jobs of users to it', async () => {
  const dev = webhooks.impersonate('dev')
  const free = inNamespace(anOwnJob())
  await expect(dev.create(resourceTypes.job, free)).rejects.toThrow(/PolicyForbidden: the pod may run as root/)
  const security = { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } }
  const [main] = free.spec?.template.spec.containers ?? []
  const closed = { ...main, securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }
  const held = inNamespace(anOwnJob({}, { securityContext: security, containers: [closed] }))
  const made = await dev.create<Job>(resourceTypes.job, held)
  expect(made.spec?.template.spec.nodeSelector).toEqual({ pool: 'ci' })
})

it('lets nothing through once the policy breaks', async () => {
  const change = { data: { 'policy.yaml': 'version: v2' } }
  await webhooks.admin.patch(resourceTypes.configMap, { name, namespace: 'c8s-system' }, change)
  const job = { ...inNamespace(anOwnJob()), metadata: { ...inNamespace(anOwnJob()).metadata, name: 'late' } }
  await expect(webhooks.impersonate('dev').create(resourceTypes.job, job)).rejects.toThrow(
    /PolicyUnusable.*line 1: version/,
  )
  const refusal = await eventually('the watch', async () => {
    const outcome = await webhooks
      .impersonate('dev')
      .create(resourceTypes.pipelineRun, aRun('late'), { dryRun: true })
      .catch(String)
    return typeof outcome === 'string' ? outcome : undefined
  })
  expect(refusal).toContain('PolicyUnusable')
  expect([...faults, ...webhooks.faults]).toEqual([])
})
