import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PipelineConfig, PipelineRun } from '../../crds/kinds.ts'
import type { Step } from '../../crds/parts/step.ts'
import type { PipelineRunStatus } from '../../crds/pipeline-run.ts'
import { planRun } from '../../src/engine/plan.ts'
import { KubeError } from '../../src/kube/kube-error.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { controller } from '../helpers/admission.ts'
import { aConfig, aForkRun, anEvent, aPullRequest, aRun, fullCommit } from '../helpers/admission-objects.ts'
import { makeSnapshot } from '../helpers/engine-state.ts'
import { type ArgoAdmin, createArgoAdmin } from '../helpers/gitops/argocd-admin.ts'
import { findMergePatch } from '../helpers/merge-patch.ts'
import { type ServedWebhooks, serveWebhooks } from '../helpers/running-webhooks.ts'

/** What Argo CD makes of an action is sent as Argo CD sends it, through the webhooks of this tree. */
let webhooks: ServedWebhooks
let usual: ArgoAdmin
let approving: ArgoAdmin
/** Argo CD's account, which is the same for all who use it. */
let argo: KubeApi

const type = resourceTypes.pipelineRun
const settings = (name: string) => join(import.meta.dirname, '../../deploy/argocd', name)

beforeAll(async () => {
  webhooks = await serveWebhooks()
  usual = await createArgoAdmin(settings('argocd-cm.yaml'))
  approving = await createArgoAdmin(settings('argocd-cm-approvals.yaml'))
  argo = webhooks.impersonate(argoUser)
})
afterAll(async () => {
  usual.stop()
  approving.stop()
  await webhooks.stop()
})

const argoUser = 'system:serviceaccount:argocd:argocd-server'
const here = <T extends KubeObject>(object: T): T => ({
  ...object,
  metadata: { ...object.metadata, namespace: webhooks.namespace },
})
const keyOf = (name: string) => ({ namespace: webhooks.namespace, name })
const refusalOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => new Error('it was allowed'),
    (failure: unknown) => failure,
  )
  return error instanceof KubeError ? `${error.status} ${error.detail}` : String(error)
}

/** As Argo CD's server does it: what is new is created, what is changed is sent as a merge patch. */
async function act<T extends KubeObject>(by: ArgoAdmin, live: T, action: string): Promise<T> {
  const of = live.kind === 'PipelineConfig' ? resourceTypes.pipelineConfig : type
  const made = await by.runAction(live, action)
  if (made.metadata.uid === undefined) return argo.create(of, made as T)
  return argo.patch<T>(of, keyOf(live.metadata.name ?? ''), findMergePatch(live, made) as object)
}

const choices = async (by: ArgoAdmin, run: KubeObject) =>
  Object.entries(await by.listActions(run)).flatMap(([name, isOffered]) => (isOffered ? [name] : []))

const writeStatus = (name: string, status: PipelineRunStatus) =>
  webhooks.impersonate(controller.username).patch<PipelineRun>(type, keyOf(name), { status }, { subresource: 'status' })

/** A run as the controller leaves it after its first look. */
async function startRun(run: PipelineRun): Promise<PipelineRun> {
  const { metadata } = await webhooks.impersonate('dev').create(type, here(run))
  return lookAt(metadata.name ?? '')
}

async function lookAt(name: string): Promise<PipelineRun> {
  const run = await webhooks.admin.get<PipelineRun>(type, keyOf(name))
  const status = run === undefined ? undefined : planRun(makeSnapshot(run, Date.now())).status
  if (status === undefined) throw new Error(`the controller says nothing of ${name}`)
  return writeStatus(name, status)
}

const build: Step = { name: 'build', image: 'node:24', commands: ['make'] }
const ask: Step = { name: 'ask', approval: {} }

describe('a run', () => {
  beforeAll(async () => {
    const dev = webhooks.impersonate('dev')
    await dev.create(resourceTypes.pipelineConfig, here(aConfig({}, { name: 'app' })))
    const gates = {
      one: [build, ask],
      eyes: [{ ...ask, approval: { fourEyes: true } }],
      two: [ask, { ...ask, name: 'too' }],
    }
    for (const [name, steps] of Object.entries(gates)) {
      await dev.create(resourceTypes.pipelineConfig, here(aConfig({ steps }, { name })))
    }
    const legs = { ...build, ...ask, name: 'leg', matrix: { dimensions: { os: ['a', 'b'] } } }
    await dev.create(resourceTypes.pipelineConfig, here(aConfig({ steps: [legs] }, { name: 'legs' })))
  })

  it('is cancelled, once', async () => {
    const run = await startRun(aRun({}, { name: 'to-cancel' }))
    expect(await choices(usual, run)).toEqual(['cancel'])
    const cancelled = await act(usual, run, 'cancel')
    expect(cancelled.spec).toEqual({ ...run.spec, cancel: true, cancelledBy: argoUser })
    expect(await choices(usual, cancelled)).toEqual([])
  })

  it.each([
    ['rerun', 'Start', 0],
    ['rerun-failed', 'Failed', 1],
  ])('is run again by %s', async (action, from, reused) => {
    const { metadata } = await startRun(
      aRun({}, { name: `ended-${from.toLowerCase()}`, annotations: { 'argocd.argoproj.io/tracking-id': 'x' } }),
    )
    const name = metadata.name ?? ''
    const run = await writeStatus(name, {
      phase: 'Failed',
      commit: fullCommit,
      steps: [
        { name: 'test', phase: 'Succeeded', reason: 'Completed' },
        { name: 'build', phase: 'Failed', reason: 'ExitCode' },
      ],
    })
    expect(await choices(usual, run)).toEqual(['rerun', 'rerun-failed'])
    const again = await act(usual, run, action)
    expect(again.spec).toMatchObject({ rerunOf: { run: name, from }, commit: fullCommit, triggeredBy: argoUser })
    expect(again.spec.plan?.reused ?? []).toHaveLength(reused)
    // Shown below the run that it repeats, and owned by no application.
    expect(again.metadata.ownerReferences).toMatchObject([{ kind: 'PipelineRun', name, uid: metadata.uid }])
    expect(Object.keys(again.metadata.annotations ?? {})).not.toContain('argocd.argoproj.io/tracking-id')
  })

  it('is not offered for approval by the usual settings', async () => {
    const run = await startRun(aRun({ pipelineConfigRef: 'one' }, { name: 'unasked' }))
    expect(await choices(usual, run)).toEqual(['cancel'])
    await expect(usual.runAction(run, 'approve')).rejects.toThrow('does not exist')
  })

  it.each([
    ['approve', 'one', { ask: 'Approved' }],
    ['reject', 'one', { ask: 'Rejected' }],
    ['approve', 'legs', { leg: 'Approved' }],
  ])('is answered by %s of %s', async (action, pipelineConfigRef, approvals) => {
    const run = await startRun(aRun({ pipelineConfigRef }, { name: `${pipelineConfigRef}-${action}` }))
    expect(await choices(approving, run)).toEqual(['approve', 'cancel', 'reject'])
    const answered = await act(approving, run, action)
    expect(answered.spec).toMatchObject({ approvals })
    expect(Object.values(answered.spec.approvalRecords ?? {})).toMatchObject([{ by: argoUser }])
    expect(await choices(approving, answered)).toEqual(['cancel'])
  })

  it.each([
    ['eyes', 'step ask needs four eyes'],
    ['two', 'steps ask and too wait'],
  ])('is not answered where nobody could know what is meant, or who does: %s', async (pipelineConfigRef, why) => {
    const run = await startRun(aRun({ pipelineConfigRef }, { name: pipelineConfigRef }))
    expect(await choices(approving, run)).toEqual(['cancel'])
    await expect(approving.runAction(run, 'approve')).rejects.toThrow(why)
    await expect(approving.runAction(run, 'reject')).rejects.toThrow(why)
  })

  it('is answered by nobody whom the step does not name', async () => {
    const steps = [{ ...ask, approval: { approvers: ['lead'] } }]
    await webhooks.impersonate('dev').create(resourceTypes.pipelineConfig, here(aConfig({ steps }, { name: 'named' })))
    const run = await startRun(aRun({ pipelineConfigRef: 'named' }, { name: 'named' }))
    expect(await refusalOf(act(approving, run, 'approve'))).toMatch(/403 .*you are none of its approvers: lead/)
  })
})

describe('the commit of a fork', () => {
  it('is approved as the one that the run is of', async () => {
    const secrets = [{ secretRef: 'token', key: 'token' }]
    const dev = webhooks.impersonate('dev')
    const config = aConfig({ steps: [{ ...build, secrets }] }, { name: 'fork' })
    await dev.create(resourceTypes.pipelineConfig, here(config))
    const fork = aForkRun({ pipelineConfigRef: 'fork', event: withoutConnection() })
    await webhooks.impersonate(controller.username).create(type, here(fork))
    const run = await lookAt(fork.metadata.name ?? '')
    expect(run.status?.reason).toBe('ApprovalRequired')
    expect(await choices(approving, run)).toEqual(['approve', 'cancel'])
    const approved = await act(approving, run, 'approve')
    expect(approved.spec).toMatchObject({ approvedCommit: fullCommit, approvedBy: argoUser })
  })
})

function withoutConnection() {
  const { connection: _, ...event } = anEvent(aPullRequest({ fork: true, branch: 'main' }))
  return event
}

describe('a config', () => {
  const config = resourceTypes.pipelineConfig

  it('is asked for a run, and again', async () => {
    const dev = webhooks.impersonate('dev')
    const live = await dev.create(config, here(aConfig({}, { name: 'plain' })))
    expect(await choices(usual, live)).toEqual(['run'])
    const asked = await act<PipelineConfig>(usual, live, 'run')
    expect(asked.spec).toEqual(live.spec)
    expect(asked.metadata.annotations).toMatchObject({
      'c8s.dev/run-requested': expect.stringMatching(/^argocd-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
      'c8s.dev/run-requested-by': argoUser,
    })
    expect(await choices(usual, asked)).toEqual(['run'])
  })

  it('keeps the token that Git set', async () => {
    const annotations = { 'c8s.dev/run-requested': 'release-7' }
    const live = await webhooks.impersonate('dev').create(config, here(aConfig({}, { name: 'in-git', annotations })))
    expect(await choices(usual, live)).toEqual([])
    await expect(usual.runAction(live, 'run')).rejects.toThrow('is set to release-7 already')
  })
})
