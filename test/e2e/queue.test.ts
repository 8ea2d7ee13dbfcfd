import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { Step } from '../../crds/parts/step.ts'
import { kubectl, tryKubectl } from '../../deploy/install/kubectl.ts'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aConfig, aRun, aStep, type Manifest, TestCluster } from '../helpers/cluster.ts'
import { parseExamples, readDocPage } from '../helpers/doc-pages.ts'
import { eventually } from '../helpers/eventually.ts'

const cluster = new TestCluster('e2e-queue')
const rejecting = new TestCluster('e2e-queue-reject')
const [here, there] = [new TestCluster('e2e-queue-team-a'), new TestCluster('e2e-queue-team-b')]
const all = [cluster, rejecting, here, there]
const { images, commits } = cluster.sample
const busybox = images['busybox'] ?? ''
const repository = sampleUrls.public

const team = 'e2e-queue'
const plain = (name: string, command: string): Step => ({ ...aStep(name, busybox, command), clone: false })
const runOf = (name: string, spec: object): Manifest => ({
  apiVersion: 'c8s.dev/v1alpha1',
  kind: 'PipelineRun',
  metadata: { name },
  spec: { commit: commits.main, branch: 'main', ...spec },
})
const startOf = ({ status }: PipelineRun) => status?.steps?.[0]?.startTime ?? ''
/** Longer than any test: it is cancelled once it has held up the others for long enough. */
const holding = (name: string): Step => ({ ...plain(name, 'sleep 600'), timeout: '15m' })
const cancel = (where: TestCluster, name: string) =>
  where.run('patch', 'c8spr', name, '--type=merge', '-p', '{"spec":{"cancel":true}}')

/** The objects of a kind in the examples of docs/queues.md. */
function readExamples(kind: string): readonly Manifest[] {
  const documents = parseExamples(readDocPage('docs/queues.md')).flatMap((example) => example.documents)
  return (documents as Manifest[]).filter((document) => document.kind === kind)
}

const [quota] = readExamples('ResourceQuota')
const [priorityClass] = readExamples('PriorityClass')
const [teamQuota] = readExamples('ConfigMap')
if (quota === undefined || priorityClass === undefined || teamQuota === undefined)
  throw new Error('docs/queues.md lacks an example')
const teamPods = {
  ...teamQuota,
  metadata: { ...teamQuota.metadata, name: team, labels: { 'c8s.dev/team-quota': team } },
  data: { pods: '1' },
}

/** For objects that belong to no namespace of the tests. */
const admin = (args: readonly string[], object?: object) =>
  kubectl(cluster.target, args, object === undefined ? undefined : JSON.stringify(object))

const teamIsFull = `Warning: quota ${team} of team ${team}: would wait at position 1 or so: pods 1 of 1 used, step one asks for 1`
function dryRun({ target, namespace }: TestCluster, run: Manifest): string {
  return tryKubectl(target, ['-n', namespace, 'apply', '--dry-run=server', '-f', '-'], JSON.stringify(run)).stderr
}

beforeAll(() => {
  cluster.createNamespace()
  rejecting.createNamespace()
  for (const member of [here, there]) member.createNamespace({ 'c8s.dev/team': team })
  admin(['apply', '-f', '-'], priorityClass)
  admin(['apply', '-f', '-'], teamPods)
  admin(['annotate', 'namespace', rejecting.namespace, 'c8s.dev/quota-policy=Reject'])
  for (const each of [cluster, rejecting]) {
    each.apply(quota)
    each.run('wait', '--for=jsonpath={.status.hard.pods}=2', 'resourcequota/ci', '--timeout=30s')
  }
})

afterAll(() => {
  for (const each of all) each.removeNamespace()
  admin(['delete', 'priorityclass', priorityClass.metadata.name ?? '', '--ignore-not-found'])
  admin(['-n', 'c8s-system', 'delete', 'configmap', team, '--ignore-not-found'])
})

test('five runs where there is room for two: they wait in a visible order, the urgent one overtakes, all end', () => {
  const names = ['web-1', 'web-2', 'web-3', 'web-4', 'web-5']
  const holds = ['hold-1', 'hold-2']
  cluster.apply(...holds.map((name) => aRun(name, commits.main, { repository, steps: [holding('hold')] })))
  for (const name of holds) cluster.waitForStep(name, 'hold', 'Running')
  cluster.apply(aConfig('web', { repository, steps: [plain('test', 'true')] }))
  cluster.apply(...names.map((name) => runOf(name, { pipelineConfigRef: 'web' })))
  cluster.run('wait', '--for=jsonpath={.status.queue.position}', 'c8spr/web-5', '--timeout=30s')
  const waiting = cluster.getRun('web-5')
  expect(waiting.status).toMatchObject({ phase: 'Pending', reason: 'QuotaExceeded' })
  expect(waiting.status?.queue?.message).toMatch(/ResourceQuota "ci"/)
  expect(cluster.run('get', 'c8spr', 'web-5')).toMatch(/QUEUE[^]*web-5\s+Pending\s+QuotaExceeded\s+0\/1\s+\d/)
  cluster.apply(runOf('urgent', { pipelineConfigRef: 'web', priorityClassName: priorityClass.metadata.name }))
  cluster.run('wait', '--for=jsonpath={.status.queue.position}=1', 'c8spr/urgent', '--timeout=30s')

  // Room for one: the others have none before it has ended.
  cancel(cluster, 'hold-1')
  const urgent = cluster.waitForRun('urgent')
  cancel(cluster, 'hold-2')
  const ended = names.map((name) => cluster.waitForRun(name))
  expect([...ended, urgent].map(({ status }) => status?.phase)).toEqual(Array(6).fill('Succeeded'))
  const [first = ''] = ended.map(startOf).sort()
  expect(startOf(urgent) <= first).toBe(true)
  expect(urgent.spec.plan?.priority).toEqual({ className: priorityClass.metadata.name, value: priorityClass['value'] })
  expect(cluster.podOf(urgent, 'test').spec?.priorityClassName).toBe(priorityClass.metadata.name)
  // Nothing was started that the API server then had to refuse.
  expect(cluster.run('get', 'events', '--field-selector', 'reason=FailedCreate', '-o', 'name')).toBe('')
}, 300_000)

test('a namespace that takes no run which has to wait says what is in use', async () => {
  const steps = [holding('one'), holding('two')]
  const late = aRun('late', commits.main, { repository, steps: [plain('one', 'true')] })
  const inUse = 'its first steps ask for 1 of pods together, and ResourceQuota "ci" has 2 of 2 in use'
  rejecting.apply(aRun('fills', commits.main, { repository, steps }))
  rejecting.run('wait', '--for=jsonpath={.status.used.pods}=2', 'resourcequota/ci', '--timeout=60s')
  // Admission is told of the quota's status as anybody is.
  await eventually('what is in use', async () => dryRun(rejecting, late).includes(inUse) || undefined, 20)
  const refused = rejecting.tryApply(late)
  expect(refused.code).not.toBe(0)
  expect(refused.stderr).toContain(inUse)
  cancel(rejecting, 'fills')
})

test('a team has one queue over its namespaces', async () => {
  here.apply(aRun('first', commits.main, { repository, steps: [holding('one')] }))
  here.waitForStep('first', 'one', 'Running')
  const seen = aRun('seen', commits.main, { repository, steps: [plain('one', 'true')] })
  await eventually(
    'what the team has left, in a dry run',
    async () => dryRun(there, seen).includes(teamIsFull) || undefined,
    20,
  )
  there.apply(aRun('second', commits.main, { repository, steps: [plain('one', 'true')] }))
  there.run('wait', '--for=jsonpath={.status.queue.position}=1', 'c8spr/second', '--timeout=30s')
  expect(there.getRun('second').status?.message).toContain(`the quota of team "${team}" has 0 of 1 left`)
  cancel(here, 'first')
  const [first, second] = [here.waitForRun('first'), there.waitForRun('second')]
  expect([first, second].map(({ status }) => status?.phase)).toEqual(['Cancelled', 'Succeeded'])
  expect(startOf(second) >= (first.status?.steps?.[0]?.completionTime ?? '')).toBe(true)
})

test('runs of a concurrency group go one after the other', () => {
  const concurrency = { group: 'production' }
  const steps = [holding('deploy'), plain('deploy', 'true'), plain('deploy', 'true')]
  const names = steps.map((_, i) => `deploy-${i + 1}`)
  for (const [i, step] of steps.entries())
    here.apply(aRun(names[i] ?? '', commits.main, { repository, concurrency, steps: [step] }))
  for (const name of names.slice(1))
    here.run('wait', '--for=jsonpath={.status.reason}=ConcurrencyGroup', `c8spr/${name}`, '--timeout=30s')
  cancel(here, 'deploy-1')
  const ended = names.map((name) => here.waitForRun(name))
  expect(ended.map(({ status }) => status?.phase)).toEqual(['Cancelled', 'Succeeded', 'Succeeded'])
  const starts = ended.slice(1).map(({ status }) => status?.startTime ?? '')
  const ends = ended.slice(0, -1).map(({ status }) => status?.completionTime ?? 'z')
  expect(starts.map((start, i) => start >= (ends[i] ?? 'z'))).toEqual([true, true])
})
