import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { kubectl } from '../../deploy/install/kubectl.ts'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aRun, aStep, type Manifest, phasesOf, TestCluster } from '../helpers/cluster.ts'
import { completeManifest } from '../helpers/doc-manifests.ts'
import { parseExamples, readDocPage } from '../helpers/doc-pages.ts'
import { eventually } from '../helpers/eventually.ts'

const cluster = new TestCluster('e2e-approvals')
const { images, commits } = cluster.sample
const busybox = images['busybox'] ?? ''
const repository = sampleUrls.public
const rowOf = ({ status }: PipelineRun, name: string) => status?.steps?.find((step) => step.name === name)

/** The examples of docs/approvals.md that are whole objects, with the images and the repository that this cluster has. */
function readExamples(): readonly Manifest[] {
  const whole = parseExamples(readDocPage('docs/approvals.md'))
    .flatMap(({ documents }) => documents.map(completeManifest))
    .filter(({ metadata }) => metadata.name !== 'part')
  const text = JSON.stringify(whole)
    .replaceAll('busybox:1.37', busybox)
    .replaceAll('https://github.com/example/web', repository)
  return JSON.parse(text) as Manifest[]
}

const release = (name: string): Manifest => ({
  apiVersion: 'c8s.dev/v1alpha1',
  kind: 'PipelineRun',
  metadata: { name },
  spec: { pipelineConfigRef: 'release', commit: commits.main, branch: 'main' },
})

const member = ['--as=ann', '--as-group=release-managers', '--as-group=system:authenticated']
const stranger = ['--as=eve', '--as-group=system:authenticated']

function say(run: string, word: 'Approved' | 'Rejected', who: readonly string[]) {
  const patch = JSON.stringify({ spec: { approvals: { deploy: word } } })
  return cluster.try('patch', 'pipelineruns.c8s.dev', run, '--type=merge', '-p', patch, ...who)
}

/** Until the run itself says that only a person is waited for. */
function waitForQuestion(run: string): PipelineRun {
  const condition = '--for=jsonpath={.status.reason}=AwaitingApproval'
  cluster.run('wait', condition, `pipelineruns.c8s.dev/${run}`, '--timeout=90s')
  return cluster.getRun(run)
}

beforeAll(() => {
  cluster.createNamespace()
  cluster.apply(...readExamples())
  // Patched, but not approved, by anybody who is logged in.
  const rules = [{ apiGroups: ['c8s.dev'], resources: ['pipelineruns'], verbs: ['get', 'patch'] }]
  const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:authenticated' }]
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'patcher' }
  const apiVersion = 'rbac.authorization.k8s.io/v1'
  cluster.apply(
    { apiVersion, kind: 'Role', metadata: { name: 'patcher' }, rules },
    { apiVersion, kind: 'RoleBinding', metadata: { name: 'patcher' }, roleRef, subjects },
    release('approved'),
    release('rejected'),
    aRun('expires', commits.main, {
      repository,
      steps: [{ name: 'ask', approval: { timeout: '3s' } }],
      finally: [{ ...aStep('sweep', busybox, 'echo swept'), clone: false }],
    }),
  )
})
afterAll(() => cluster.removeNamespace())

test('the step waits, and says who may answer and how', async () => {
  const run = waitForQuestion('approved')
  expect(phasesOf(run)).toEqual({ build: 'Succeeded', deploy: 'Pending' })
  const message = rowOf(run, 'deploy')?.message ?? ''
  expect(message).toContain('look at the staging system')
  expect(message).toContain('one of lead, group:release-managers')
  expect(message).toContain(
    `kubectl patch c8spr approved -n ${cluster.namespace} --type merge -p '{"spec":{"approvals":{"deploy":"Approved"}}}'`,
  )
  // Events come a moment after the status they tell of.
  await eventually('the event of the wait', async () => {
    const events = cluster.run('get', 'events', '--field-selector=involvedObject.name=approved')
    return events.includes('StepAwaitingApproval') ? true : undefined
  })
  expect(cluster.run('get', 'jobs', '-l', 'c8s.dev/run=approved', '-o', 'name').trim().split('\n')).toHaveLength(1)
})

test('somebody without the verb approve is refused', () => {
  expect(say('approved', 'Approved', stranger).stderr).toContain('you may not approve runs in the namespace')
})

test('somebody who is not among the approvers is refused, whatever rights they have', () => {
  expect(say('approved', 'Approved', []).stderr).toContain(
    'you are none of its approvers: lead, group:release-managers',
  )
})

test('who asked for the run is refused where four eyes are wanted', () => {
  const lead = ['--as=lead', '--as-group=system:masters']
  const created = kubectl(
    cluster.target,
    ['-n', cluster.namespace, ...lead, 'create', '-f', '-'],
    JSON.stringify(release('own')),
  )
  expect(created).toContain('own')
  expect(say('own', 'Approved', lead).stderr).toContain('it needs four eyes, and "lead", who asked for the run, is you')
  expect(say('own', 'Rejected', member).code).toBe(0)
})

test('a member of the group approves: the step runs, the record stays', () => {
  expect(say('approved', 'Approved', member)).toMatchObject({ code: 0 })
  const run = cluster.waitForRun('approved')
  expect(phasesOf(run)).toEqual({ build: 'Succeeded', deploy: 'Succeeded' })
  expect(cluster.logOf(run, 'deploy')).toContain('deployed')
  expect(run.spec.approvals).toEqual({ deploy: 'Approved' })
  expect(run.spec.approvalRecords?.['deploy']?.by).toBe('ann')
  expect(run.status?.pausedSeconds).toBeGreaterThanOrEqual(1)
  expect(say('approved', 'Rejected', member).stderr).toMatch(/cannot be taken back or changed|has ended/)
})

test('a step that is rejected fails, and so does the run', () => {
  waitForQuestion('rejected')
  expect(say('rejected', 'Rejected', member).code).toBe(0)
  const run = cluster.waitForRun('rejected', 60)
  expect(rowOf(run, 'deploy')).toMatchObject({ phase: 'Failed', reason: 'Rejected', message: 'rejected by ann' })
  expect(run.status).toMatchObject({ phase: 'Failed', message: 'step deploy failed: rejected by ann' })
})

test('a wait ends by itself, and what is to run at the end does', () => {
  const run = cluster.waitForRun('expires', 60)
  expect(rowOf(run, 'ask')).toMatchObject({ phase: 'Failed', reason: 'ApprovalExpired' })
  expect(phasesOf(run)['sweep']).toBe('Succeeded')
})
