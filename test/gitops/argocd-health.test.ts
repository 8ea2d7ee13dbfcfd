import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { apiVersion } from '../../crds/labels.ts'
import type { PipelineSpec } from '../../crds/pipeline-config.ts'
import { type PipelineRunStatus, type RunPhase, runPhases } from '../../crds/pipeline-run.ts'
import { freezePlan } from '../../crds/plan.ts'
import { foldConfigStatus } from '../../src/engine/config-status.ts'
import { foldConnectionStatus } from '../../src/engine/connection-status.ts'
import { runReasons } from '../../src/engine/reasons.ts'
import { mergeConditions, renderStanding } from '../../src/engine/status/conditions.ts'
import { isRunFinal, renderRunStatus, renderStuckStatus } from '../../src/engine/status/run-status.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { aConfig, aConnection } from '../helpers/admission-objects.ts'
import { makeRun } from '../helpers/arbitrary-run.ts'
import { makeSnapshot } from '../helpers/engine-state.ts'
import { type ArgoAdmin, createArgoAdmin } from '../helpers/gitops/argocd-admin.ts'
import type { Script } from '../helpers/simulated-cluster/script.ts'
import { SimulatedCluster } from '../helpers/simulated-cluster.ts'

/** The scripts that we ship, run by Argo CD itself on what the engine writes. */
let argo: ArgoAdmin

const now = Date.parse('2026-01-01T00:00:00Z')
const settings = (name: string) => join(import.meta.dirname, '../../deploy/argocd', name)

beforeAll(async () => {
  argo = await createArgoAdmin(settings('argocd-cm.yaml'))
})
afterAll(() => argo.stop())

const steps: PipelineSpec['steps'] = [
  { name: 'build', image: 'node:24', commands: ['make'] },
  { name: 'deploy', image: 'node:24', commands: ['deploy'], dependsOn: ['build'], approval: {} },
]
const aPlannedRun = (change: Partial<PipelineSpec> = {}): PipelineRun =>
  makeRun(freezePlan({ repository: 'https://git.example/r', steps, ...change }))
const shown = (object: object, kind = 'PipelineRun'): KubeObject => ({ ...object, apiVersion, kind }) as KubeObject

describe('a run', () => {
  const waiting = new Set(['ApprovalRequired', 'AwaitingApproval'])
  const ends: Readonly<Record<string, string>> = { Succeeded: 'Healthy', Failed: 'Degraded', Cancelled: 'Degraded' }
  const wantOf = (phase: RunPhase, reason: string) => ends[phase] ?? (waiting.has(reason) ? 'Suspended' : 'Progressing')
  const withStatus = (status: PipelineRunStatus, generation = 1) =>
    shown({ ...aPlannedRun(), metadata: { ...aPlannedRun().metadata, generation }, status })
  const fold = (phase: RunPhase, reason: string) =>
    renderRunStatus(makeSnapshot(aPlannedRun(), now), {
      verdict: { phase, reason, message: `because of ${reason}` },
      steps: [],
    })

  // Every reason with a phase that it can have, and with each of the final ones those that end a run.
  const cases = runPhases.flatMap((phase) =>
    Object.keys(runReasons)
      .filter(
        (reason) => isRunFinal(phase) === (reason === phase) || (phase === 'Failed' && /Failed|Error/.test(reason)),
      )
      .map((reason) => ({ phase, reason, want: wantOf(phase, reason) })),
  )

  it.each(cases)('$phase for $reason is $want', async ({ phase, reason, want }) => {
    expect(await argo.health(withStatus(fold(phase, reason)))).toEqual({
      status: want,
      message: `because of ${reason}`,
    })
  })

  it('that nobody has looked at yet is Progressing, and says for what it waits', async () => {
    const wait = { status: 'Progressing', message: 'waiting for controller' }
    expect(await argo.health(shown(aPlannedRun()))).toEqual(wait)
    // As the API server fills it in.
    expect(await argo.health(withStatus({ observedGeneration: -1 }))).toEqual(wait)
    expect(await argo.health(withStatus(fold('Running', 'AwaitingApproval'), 2))).toEqual(wait)
  })

  it('that has ended stays so, whatever generation comes', async () => {
    expect(await argo.health(withStatus(fold('Succeeded', 'Succeeded'), 2))).toMatchObject({ status: 'Healthy' })
  })

  it('that the controller fails on goes on, and says so', async () => {
    const run = { ...aPlannedRun(), status: fold('Running', 'StepsRunning') }
    const { status, message } = await argo.health(withStatus(renderStuckStatus(run, 'connection refused', now)))
    expect(status).toBe('Progressing')
    expect(message).toContain('connection refused')
  })

  it.each<[string, Script, (cluster: SimulatedCluster) => void, string[]]>([
    ['that is approved', {}, (cluster) => cluster.say('deploy', 'Approved'), ['Progressing', 'Suspended', 'Healthy']],
    ['that is refused', {}, (cluster) => cluster.say('deploy', 'Rejected'), ['Progressing', 'Suspended', 'Degraded']],
    ['that is cancelled', {}, (cluster) => cluster.cancel(), ['Progressing', 'Suspended', 'Degraded']],
    ['that fails', { build: [{ does: 'exit', code: 1, seconds: 1 }] }, () => undefined, ['Progressing', 'Degraded']],
  ])('%s, as it is played', async (...[, script, move, want]) => {
    const seen: PipelineRun[] = []
    const cluster = new SimulatedCluster({
      run: aPlannedRun(),
      script,
      witness: { wrote: (_before, status) => seen.push({ ...cluster.run, status }) },
    })
    cluster.playUntil(300)
    move(cluster)
    expect(cluster.settle()).toBe(true)
    const healths: string[] = []
    for (const run of seen) {
      const { status } = await argo.health(shown(run))
      if (healths.at(-1) !== status) healths.push(status)
    }
    // After the word the deploying itself goes on.
    expect(healths.filter((status, index) => index === 0 || status !== 'Progressing')).toEqual(want)
  })
})

describe('a config', () => {
  const config = aConfig({}, { generation: 3 })
  const facts = { config, runs: [], missingSecrets: [], now }
  const judge = (status: object | undefined) => argo.health(shown({ ...config, status }, 'PipelineConfig'))

  it.each([
    ['that can run', foldConfigStatus(facts), 'Healthy', 'runs can be started'],
    [
      // A sync wave waits until all before it is Healthy, and the Secret may come in a later one.
      'whose Secret is missing',
      foldConfigStatus({ ...facts, missingSecrets: ['npm-token'] }),
      'Healthy',
      'accepted, but Secret npm-token does not exist',
    ],
    [
      'that has changed',
      { ...foldConfigStatus(facts), observedGeneration: 2 },
      'Progressing',
      'waiting for controller',
    ],
    ['of which only the forge side told', { lastRequest: { token: 'a' } }, 'Progressing', 'waiting for controller'],
    ['without a status', undefined, 'Progressing', 'waiting for controller'],
  ])('%s', async (...[, status, want, message]) => {
    expect(await judge(status)).toEqual({ status: want, message })
  })

  it('that cannot get on is Degraded', async () => {
    const words = { state: 'failed', reason: 'Broken', message: 'it cannot be' } as const
    const conditions = mergeConditions(renderStanding(words), { last: [], generation: 3, now })
    expect(await judge({ observedGeneration: 3, conditions })).toEqual({ status: 'Degraded', message: 'it cannot be' })
  })
})

describe('a connection', () => {
  const connection = aConnection({ pipelineConfigRef: 'app' }, { generation: 1 })
  const facts = { connection, missingSecrets: [], hasConfig: true, now }
  const judge = (status: object | undefined) => argo.health(shown({ ...connection, status }, 'RepositoryConnection'))
  const all = 'all that the connection refers to exists'

  it.each([
    ['that is complete', foldConnectionStatus(facts), all],
    [
      'whose config comes later',
      foldConnectionStatus({ ...facts, hasConfig: false }),
      'accepted, but PipelineConfig app does not exist',
    ],
    [
      'whose Secrets come later',
      foldConnectionStatus({ ...facts, missingSecrets: ['a', 'b'] }),
      'accepted, but Secrets a and b do not exist',
    ],
  ])('%s is Healthy', async (...[, status, message]) => {
    expect(await judge(status)).toEqual({ status: 'Healthy', message })
  })

  it('whose forge refuses it says so', async () => {
    const status = foldConnectionStatus(facts)
    const refused = { type: 'HeadsListed', status: 'False', reason: 'ForgeRefused', message: 'the forge answered 401' }
    const conditions = [...(status.conditions ?? []), refused]
    const message = 'accepted, but HeadsListed is False: the forge answered 401'
    expect(await judge({ ...status, conditions })).toEqual({ status: 'Healthy', message })
  })

  it('that nobody has looked at yet is Progressing', async () => {
    expect(await judge(undefined)).toEqual({ status: 'Progressing', message: 'waiting for controller' })
  })
})

describe('the settings', () => {
  it.each(['argocd-cm.yaml', 'argocd-cm-approvals.yaml', 'argocd-cm-webhooks.yaml'])(
    '%s are taken by Argo CD',
    async (name) => {
      const one = await createArgoAdmin(settings(name))
      const found = await one.validate()
      one.stop()
      expect(found).not.toContain('❌')
      expect(found).toContain('✅ resource-overrides')
    },
  )

  it('leave out the certificate of webhooks alone', async () => {
    const one = await createArgoAdmin(settings('argocd-cm-webhooks.yaml'))
    const webhooks = [{ name: 'a', clientConfig: { caBundle: 'QQ==', service: { name: 's', namespace: 'n' } } }]
    const object = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' }
    const rest = await one.withoutIgnored({ ...object, metadata: { name: 'c8s' }, webhooks } as KubeObject)
    one.stop()
    expect(rest).toMatchObject({ webhooks: [{ name: 'a', clientConfig: { service: { name: 's' } } }] })
    expect(JSON.stringify(rest)).not.toContain('caBundle')
  })
})
