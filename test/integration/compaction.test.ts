import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { type Controller, createController } from '../../src/controller/controller.ts'
import { createRetentionPart } from '../../src/controller/retain-runs.ts'
import { defaultSettings } from '../../src/engine/snapshot.ts'
import { systemClock } from '../../src/kube/system-clock.ts'
import { systemTimers } from '../../src/kube/timers.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { controller as account } from '../helpers/admission.ts'
import { aConfig } from '../helpers/admission-objects.ts'
import { askKubectl, runKubectl } from '../helpers/ask-kubectl.ts'
import { ClusterPlayer } from '../helpers/cluster-player.ts'
import { waitFor } from '../helpers/controller-playground.ts'
import { type ServedWebhooks, serveWebhooks } from '../helpers/running-webhooks.ts'

/** Schema, rules and webhooks of this tree on a real API server, and the controller beside them. */
let webhooks: ServedWebhooks
let player: ClusterPlayer
const controllers: Controller[] = []

beforeAll(async () => {
  webhooks = await serveWebhooks()
  const script = { build: [{ does: 'exit', code: 7 } as const] }
  player = new ClusterPlayer({ api: webhooks.admin, namespace: webhooks.namespace, script, pauseMs: 20 })
  player.start()
})
afterEach(async () => {
  await Promise.all(controllers.splice(0).map((controller) => controller.stop()))
})
afterAll(async () => {
  await player.stop()
  await webhooks.stop()
})

/** What it wrote of runs and Jobs. */
function startController(): { readonly writes: string[] } {
  const api = webhooks.impersonate(account.username)
  const writes: string[] = []
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const controller = createController({
    api: {
      ...api,
      create: (type, object, options) => {
        if (type.kind === 'Job') writes.push(`create ${object.metadata.name ?? ''}`)
        return api.create(type, object, options)
      },
      apply: (type, object, options) => {
        if (type.kind === 'PipelineRun') writes.push(`apply ${object.metadata.name ?? ''}`)
        return api.apply(type, object, options)
      },
    },
    clock: systemClock,
    timers: systemTimers,
    settings: defaultSettings,
    log: silent,
    parts: [createRetentionPart],
  })
  controllers.push(controller)
  controller.start()
  controller.lead()
  return { writes }
}

const keyOf = (name: string) => ({ namespace: webhooks.namespace, name })
const read = (name: string) => webhooks.admin.get<PipelineRun>(resourceTypes.pipelineRun, keyOf(name))

/** As Argo CD applies it. */
function applyRun(name: string): Promise<string> {
  const manifest = {
    apiVersion: 'c8s.dev/v1alpha1',
    kind: 'PipelineRun',
    metadata: {
      ...keyOf(name),
      annotations: { 'argocd.argoproj.io/tracking-id': `app:c8s.dev/PipelineRun:${webhooks.namespace}/${name}` },
    },
    spec: { pipelineConfigRef: 'app', commit: 'abc1234', branch: 'main' },
  }
  const args = ['apply', '--server-side', '-f', '-']
  return runKubectl(webhooks.server, { args, input: JSON.stringify(manifest) })
}

const waitForStatus = (name: string, isThere: (status: NonNullable<PipelineRun['status']>) => boolean) =>
  waitFor(async () => {
    const run = await read(name)
    return run?.status !== undefined && isThere(run.status) ? { ...run, status: run.status } : undefined
  }, 30_000)

async function listJobs(): Promise<readonly string[]> {
  const { items } = await webhooks.admin.list<KubeObject>(resourceTypes.job, { namespace: webhooks.namespace })
  return items.map(({ metadata }) => metadata.labels?.['c8s.dev/run'] ?? '')
}

test('a run that Argo CD owns ends, is compacted, and never runs again', async () => {
  const config = aConfig({ history: { successful: 1, failed: 1 } })
  await webhooks.admin.create(resourceTypes.pipelineConfig, { ...config, metadata: keyOf('app') })
  startController()
  await applyRun('first')
  const whole = await waitForStatus('first', ({ phase }) => phase === 'Failed')
  await applyRun('second')
  await waitForStatus('second', ({ phase }) => phase === 'Failed')
  const { status, metadata } = await waitForStatus('first', ({ compactedAt }) => compactedAt !== undefined)

  // Its Jobs are gone, those of the run that is within the limit are not.
  expect(new Set(await listJobs())).toEqual(new Set(['second']))
  const { observedGeneration, reason, conditions, completionTime, progress } = whole.status
  expect(status).toMatchObject({ phase: 'Failed', observedGeneration, reason, conditions, completionTime, progress })
  expect(status.steps).toEqual([
    expect.objectContaining({ name: 'test', phase: 'Succeeded', exitCode: 0 }),
    expect.objectContaining({ name: 'build', phase: 'Failed', exitCode: 7 }),
  ])
  expect(status.steps?.some((row) => 'jobName' in row || 'podName' in row || 'attempts' in row)).toBe(false)
  expect(JSON.stringify(status).length).toBeLessThan(JSON.stringify(whole.status).length)
  const args = ['describe', '-n', webhooks.namespace, 'pipelineruns.c8s.dev', 'first']
  expect(await runKubectl(webhooks.server, { args })).toMatch(/Compacted At: +20/)

  // Applied again, and after a restart: nothing is written and nothing runs.
  const again = startController()
  expect(await applyRun('first')).toContain('first serverside-applied')
  await applyRun('third')
  await waitForStatus('third', ({ phase }) => phase === 'Failed')
  await waitForStatus('second', ({ compactedAt }) => compactedAt !== undefined)
  expect((await read('first'))?.metadata).toMatchObject({
    resourceVersion: metadata.resourceVersion,
    generation: metadata.generation,
  })
  expect(again.writes.filter((write) => write.includes('first'))).toEqual([])
  expect(new Set(await listJobs())).toEqual(new Set(['third']))
})

test('a compacted run can be run again from what failed, and be cancelled without harm', async () => {
  startController()
  await webhooks.admin.create(resourceTypes.pipelineRun, {
    apiVersion: 'c8s.dev/v1alpha1',
    kind: 'PipelineRun',
    metadata: keyOf('again'),
    spec: { rerunOf: { run: 'first', from: 'Failed' } },
  } as KubeObject)
  const { spec, status } = await waitForStatus('again', ({ phase }) => phase === 'Failed')
  expect(spec.plan?.reused).toMatchObject([{ step: 'test', run: 'first' }])
  expect(status.steps).toMatchObject([
    { name: 'test', phase: 'Succeeded', reason: 'Reused', run: 'first' },
    { name: 'build', phase: 'Failed', exitCode: 7 },
  ])
  const before = await read('first')
  await webhooks.impersonate('ann').patch(resourceTypes.pipelineRun, keyOf('first'), { spec: { cancel: true } })
  const seen = await waitForStatus('first', ({ observedGeneration = 0 }) => observedGeneration > 1)
  const { observedGeneration: _old, conditions: _conditions, ...rest } = before?.status ?? {}
  expect(seen.status).toMatchObject(rest)
})

test('nobody but the controller can compact a run', async () => {
  const patch = JSON.stringify({ status: { compactedAt: '2026-01-01T00:00:00Z' } })
  const run = ['-n', webhooks.namespace, 'pipelineruns.c8s.dev', 'again', '--subresource=status']
  const { code, stderr } = await askKubectl(webhooks.server, { args: ['patch', ...run, '--type=merge', '-p', patch] })
  expect(code).not.toBe(0)
  expect(stderr).toMatch(/Forbidden: only \S+ writes the status/)
})
