import { afterAll, beforeAll, expect, test } from 'vitest'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aRun, aStep, phasesOf, TestCluster } from '../helpers/cluster.ts'

const cluster = new TestCluster('e2e-outcomes')
const { images, commits } = cluster.sample
const busybox = images['busybox'] ?? ''
const repository = sampleUrls.public
const plain = (step: ReturnType<typeof aStep>) => ({ ...step, clone: false })
const stepOf = (run: ReturnType<typeof cluster.getRun>, name: string) =>
  run.status?.steps?.find((step) => step.name === name)

const oom = 'a=x; while true; do a="$a$a"; done'
const unknownCommit = '1234567890abcdef1234567890abcdef12345678'

const runs = [
  aRun('fails', commits.main, {
    repository,
    steps: [
      plain(aStep('bad', busybox, 'echo before', 'exit 7', 'echo never')),
      { ...plain(aStep('after', busybox, 'true')), dependsOn: ['bad'] },
      plain(aStep('other', busybox, 'sleep 2; echo fine')),
      { ...plain(aStep('despite', busybox, 'echo despite')), dependsOn: ['bad'], conditional: { onSuccess: false } },
    ],
    finally: [plain(aStep('sweep', busybox, 'echo swept'))],
  }),
  aRun('times-out', commits.main, {
    repository,
    steps: [{ ...plain(aStep('slow', busybox, 'echo started', "trap '' TERM; sleep 60")), timeout: '2s' }],
  }),
  aRun('out-of-memory', commits.main, {
    repository,
    steps: [
      plain({
        ...aStep('hungry', busybox, 'echo eating', oom),
        resources: { cpu: '20m', cpuLimit: '1', memory: '32Mi' },
      }),
    ],
  }),
  aRun('no-image', commits.main, {
    repository,
    steps: [plain(aStep('pull', `${busybox.split('/')[0]}/not-there:1`, 'true'))],
  }),
  aRun('no-commit', unknownCommit, { repository, steps: [aStep('clone', busybox, 'true')] }),
  aRun('no-repository', commits.main, {
    repository: repository.replace('sample.git', 'missing.git'),
    steps: [aStep('clone', busybox, 'true')],
  }),
  aRun('branches', commits.main, {
    repository,
    steps: [
      { ...plain(aStep('elsewhere', busybox, 'true')), conditional: { branch: 'release/*' } },
      { ...plain(aStep('here', busybox, 'true')), conditional: { branch: 'ma*' }, dependsOn: ['elsewhere'] },
    ],
  }),
]

beforeAll(() => {
  cluster.createNamespace()
  cluster.apply(...runs)
})
afterAll(() => cluster.removeNamespace())

test('a failed step skips its dependents, others go on, finally runs, the run is Failed', () => {
  const run = cluster.waitForRun('fails')
  expect(phasesOf(run)).toEqual({
    bad: 'Failed',
    after: 'Skipped',
    other: 'Succeeded',
    despite: 'Succeeded',
    sweep: 'Succeeded',
  })
  expect(run.status?.phase).toBe('Failed')
  expect(stepOf(run, 'bad')?.exitCode).toBe(7)
  expect(run.status?.message).toContain('bad')
  expect(cluster.logOf(run, 'bad')).toContain('before')
  expect(cluster.logOf(run, 'bad')).not.toContain('never')
})

test('a step over its time is stopped even when it ignores SIGTERM, and keeps its log', () => {
  const run = cluster.waitForRun('times-out')
  expect(stepOf(run, 'slow')).toMatchObject({ phase: 'Failed', reason: 'TimedOut' })
  expect(cluster.logOf(run, 'slow')).toContain('started')
})

test('a step out of memory says so, and keeps its log', () => {
  const run = cluster.waitForRun('out-of-memory')
  expect(stepOf(run, 'hungry')).toMatchObject({ phase: 'Failed', reason: 'OOMKilled' })
  expect(cluster.logOf(run, 'hungry')).toContain('eating')
})

test('an image that does not exist fails the run with one sentence that names it', () => {
  const run = cluster.waitForRun('no-image')
  expect(run.status?.phase).toBe('Failed')
  expect(run.status?.message).toContain('not-there:1')
})

test('a commit that does not exist fails the run with one sentence that names it', () => {
  const run = cluster.waitForRun('no-commit')
  expect(stepOf(run, 'clone')?.reason).toBe('CommitNotFound')
  expect(run.status?.message).toContain(unknownCommit)
})

test('a repository that does not exist fails the run with one sentence that names it', () => {
  const run = cluster.waitForRun('no-repository')
  expect(stepOf(run, 'clone')?.reason).toBe('RepositoryNotFound')
  expect(run.status?.message).toContain('missing.git')
})

test('a step for another branch is skipped and counts as done', () => {
  const run = cluster.waitForRun('branches')
  expect(phasesOf(run)).toEqual({ elsewhere: 'Skipped', here: 'Succeeded' })
  expect(run.status?.phase).toBe('Succeeded')
})

test('cancel stops what runs, starts nothing more, keeps the log', () => {
  const steps = [
    plain(aStep('long', busybox, 'echo working', 'sleep 300')),
    { ...plain(aStep('next', busybox, 'true')), dependsOn: ['long'] },
  ]
  cluster.apply(aRun('cancelled', commits.main, { repository, steps }))
  cluster.waitForStep('cancelled', 'long', 'Running')
  cluster.run('patch', 'pipelineruns.c8s.dev', 'cancelled', '--type=merge', '-p', '{"spec":{"cancel":true}}')
  const run = cluster.waitForRun('cancelled', 60)
  expect(run.status?.phase).toBe('Cancelled')
  expect(phasesOf(run)['next']).toMatch(/Skipped|Cancelled/)
  expect(cluster.logOf(run, 'long')).toContain('working')
  const jobs = cluster.run('get', 'jobs', '-l', 'c8s.dev/run=cancelled', '-o', 'name').trim().split('\n')
  expect(jobs).toHaveLength(1)
})

test('a run over its own time is Failed, and its steps are stopped', () => {
  const steps = [{ ...plain(aStep('endless', busybox, 'sleep 300')), timeout: '5m' }]
  cluster.apply(aRun('run-times-out', commits.main, { repository, steps, timeout: '4s' }))
  const run = cluster.waitForRun('run-times-out', 90)
  expect(run.status).toMatchObject({ phase: 'Failed', reason: 'TimedOut' })
})

test('a Secret that is deleted before its step starts fails the step with one sentence that names it', () => {
  cluster.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'fleeting' },
    stringData: { value: 'here-and-gone' },
  })
  const use = { ...plain(aStep('use', busybox, 'true')), dependsOn: ['wait'] }
  const secrets = [{ secretRef: 'fleeting', key: 'value', envVar: 'VALUE' }]
  const steps = [plain(aStep('wait', busybox, 'sleep 3')), { ...use, secrets }]
  cluster.apply(aRun('secret-gone', commits.main, { repository, steps }))
  cluster.run('delete', 'secret', 'fleeting')
  const run = cluster.waitForRun('secret-gone', 90)
  expect(stepOf(run, 'use')?.phase).toBe('Failed')
  expect(stepOf(run, 'use')?.message).toContain('fleeting')
})
