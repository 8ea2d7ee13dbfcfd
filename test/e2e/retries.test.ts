import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { Step } from '../../crds/parts/step.ts'
import { kubectl } from '../../deploy/install/kubectl.ts'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aRun, aStep, type Manifest, phasesOf, TestCluster } from '../helpers/cluster.ts'
import { completeManifest } from '../helpers/doc-manifests.ts'
import { parseExamples, readDocPage } from '../helpers/doc-pages.ts'

const cluster = new TestCluster('e2e-retries')
const { images, commits } = cluster.sample
const busybox = images['busybox'] ?? ''
const repository = sampleUrls.public
const apiVersion = 'c8s.dev/v1alpha1'

const plain = (step: Step): Step => ({ ...step, clone: false })
const rowOf = ({ status }: PipelineRun, name: string) => status?.steps?.find((step) => step.name === name)
const runOf = (name: string, spec: object): Manifest => ({ apiVersion, kind: 'PipelineRun', metadata: { name }, spec })

/** The first example of docs/retries.md, with the images and the repository that this cluster has. */
function readExample(): Manifest {
  const [example] = parseExamples(readDocPage('docs/retries.md'))
  const text = JSON.stringify(completeManifest(example?.documents[0]))
    .replaceAll('busybox:1.37', busybox)
    .replaceAll('https://github.com/example/web', repository)
  return JSON.parse(text) as Manifest
}

/** Ends a pod as a drain of its node does. */
function evict(pod: string): void {
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace: cluster.namespace } }
  const path = `/api/v1/namespaces/${cluster.namespace}/pods/${pod}/eviction`
  kubectl(cluster.target, ['create', '--raw', path, '-f', '-'], JSON.stringify(body))
}

/** Long enough to be evicted meanwhile; the pod in its place is of the same Job. */
const slowAtFirst = 'test "$C8S_ATTEMPT" != 1 || sleep 20; exit 7'
const onlyElsewhere = plain(aStep('deploy', busybox, 'test "$C8S_RUN" != first'))
const oom = 'a=x; while true; do a="$a$a"; done'
const hungry = { ...aStep('hungry', busybox, oom), resources: { cpu: '20m', cpuLimit: '1', memory: '32Mi' } }

beforeAll(() => {
  cluster.createNamespace()
  cluster.apply(
    readExample(),
    runOf('flaky-1', { pipelineConfigRef: 'flaky', commit: commits.main, branch: 'main' }),
    aRun('listed', commits.main, {
      repository,
      steps: [
        { ...plain(aStep('busy', busybox, 'exit 75')), retries: { limit: 1, backoff: '0s', exitCodes: [75, 137] } },
        { ...plain(aStep('wrong', busybox, 'exit 1')), retries: { limit: 1, exitCodes: [75] } },
        { ...plain(hungry), retries: { limit: 1, backoff: '0s', exitCodes: [137] } },
      ],
    }),
    aRun('evicted', commits.main, {
      repository,
      steps: [{ ...plain(aStep('slow', busybox, slowAtFirst)), retries: { limit: 1, backoff: '0s' } }],
    }),
    aRun('no-image', commits.main, {
      repository,
      steps: [{ ...plain(aStep('pull', `${busybox.split('/')[0]}/not-there:1`, 'true')), retries: { limit: 3 } }],
    }),
    aRun('first', commits.main, {
      repository,
      steps: [plain(aStep('unit', busybox, 'echo tested')), { ...onlyElsewhere, dependsOn: ['unit'] }],
      finally: [plain(aStep('sweep', busybox, 'true'))],
    }),
  )
})
afterAll(() => cluster.removeNamespace())

test('a pod that is evicted is replaced without spending the retry', () => {
  cluster.waitForStep('evicted', 'slow', 'Running')
  const pod = rowOf(cluster.getRun('evicted'), 'slow')?.podName ?? ''
  evict(pod)
  const row = rowOf(cluster.waitForRun('evicted'), 'slow')
  expect(row).toMatchObject({
    phase: 'Failed',
    exitCode: 7,
    attempt: 3,
    attempts: [
      { attempt: 2, reason: 'ExitCode', exitCode: 7 },
      { attempt: 1, reason: 'Interrupted', podName: pod },
    ],
  })
})

test('a step that fails twice and then passes is Succeeded, and each attempt has its log', () => {
  const run = cluster.waitForRun('flaky-1')
  expect(run.status?.phase).toBe('Succeeded')
  const row = rowOf(run, 'integration')
  expect(row).toMatchObject({ attempt: 3, exitCode: 0, attempts: [{ attempt: 2, exitCode: 1 }, { attempt: 1 }] })
  const pods = [row?.podName, ...(row?.attempts ?? []).map(({ podName }) => podName)]
  expect(new Set(pods).size).toBe(3)
  for (const pod of pods) expect(cluster.run('logs', '--follow', pod ?? '')).toContain('+ test "$C8S_ATTEMPT" -ge 3')
})

test('only the listed exit codes are tried again, a process killed for memory by its code', () => {
  const run = cluster.waitForRun('listed')
  expect(rowOf(run, 'busy')).toMatchObject({ phase: 'Failed', attempt: 2, exitCode: 75 })
  expect(rowOf(run, 'wrong')).toMatchObject({ phase: 'Failed', attempt: 1, exitCode: 1 })
  expect(rowOf(run, 'hungry')).toMatchObject({ phase: 'Failed', attempt: 2, reason: 'OOMKilled' })
  expect(rowOf(run, 'hungry')?.message).toContain('used more than the 32Mi of memory it is allowed')
})

test('a wrong image fails soon, once, and is named in the words of the registry', () => {
  const run = cluster.waitForRun('no-image')
  const row = rowOf(run, 'pull')
  expect(row).toMatchObject({ phase: 'Failed', reason: 'ImagePull', attempt: 1 })
  expect(row?.message).toMatch(/not-there:1" cannot be pulled: it does not exist in the registry \(.*not found.*\)/)
})

test('an earlier run is run again from where it failed', () => {
  const first = cluster.waitForRun('first')
  expect(phasesOf(first)).toEqual({ unit: 'Succeeded', deploy: 'Failed', sweep: 'Succeeded' })
  const refused = cluster.tryApply(runOf('other', { rerunOf: { run: 'first' }, commit: 'abc1234' }))
  expect(refused.stderr).toContain('spec.commit: Invalid: is copied from run "first"')
  expect(cluster.tryApply(runOf('none', { rerunOf: { run: 'nowhere' } })).stderr).toContain('does not exist')

  cluster.apply(runOf('second', { rerunOf: { run: 'first', from: 'Failed' } }))
  const second = cluster.waitForRun('second')
  expect(second.spec).toMatchObject({ commit: commits.main, branch: 'main' })
  expect(second.spec.plan?.hash).toBe(first.spec.plan?.hash)
  expect(phasesOf(second)).toEqual({ unit: 'Succeeded', deploy: 'Succeeded', sweep: 'Succeeded' })
  expect(rowOf(second, 'unit')).toMatchObject({ reason: 'Reused', run: 'first', jobName: cluster.jobOf(first, 'unit') })
  const jobs = cluster.run('get', 'jobs', '-l', 'c8s.dev/run=second', '-o', 'name').trim().split('\n')
  expect(jobs).toHaveLength(2)
  expect(cluster.logOf(second, 'unit')).toContain('tested')
})
