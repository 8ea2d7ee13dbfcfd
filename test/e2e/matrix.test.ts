import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { Step } from '../../crds/parts/step.ts'
import { kubectl } from '../../deploy/install/kubectl.ts'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aConfig, aRun, aStep, type Manifest, phasesOf, TestCluster } from '../helpers/cluster.ts'
import { completeManifest } from '../helpers/doc-manifests.ts'
import { parseExamples, readDocPage } from '../helpers/doc-pages.ts'

const cluster = new TestCluster('e2e-matrix')
const { images, commits } = cluster.sample
const busybox = images['busybox'] ?? ''
const repository = sampleUrls.public

/** The first example of docs/matrix.md, with the sample's image, repository and commit. */
function readExample(): Manifest {
  const [first] = parseExamples(readDocPage('docs/matrix.md'))
  const text = JSON.stringify((first?.documents ?? []).map(completeManifest)[0])
    .replaceAll('busybox:1.37', busybox)
    .replaceAll('https://github.com/octocat/Hello-World', repository)
    .replaceAll('7fd1a60b01f91b314f59955a4e4d4e80d8edf11d', commits.main)
    .replaceAll('"master"', '"main"')
  return JSON.parse(text) as Manifest
}

const plain = (name: string, command: string, more: Partial<Step> = {}): Step => ({
  ...aStep(name, busybox, command),
  clone: false,
  ...more,
})
const dimensions = { os: ['alpine', 'debian', 'ubi'], node: ['22', '24'] }
const hostile = `it's "$(id)" \`id\` $HOME $$ \${HOME} \\n; exit 9 #`

const runs = [
  readExample(),
  aRun('six', commits.main, { repository, steps: [plain('test', 'sleep 12', { matrix: { dimensions } })] }),
  aRun('in-turn', commits.main, {
    repository,
    steps: [
      plain('deploy', 'sleep 1; test "$MATRIX_REGION" != b', {
        matrix: { dimensions: { region: ['a', 'b', 'c'] }, maxParallel: 1, failFast: true },
      }),
    ],
  }),
  {
    ...aRun('literal', commits.main, { repository, steps: [] }),
    spec: { pipelineConfigRef: 'greet', commit: commits.main, branch: 'main', params: { text: hostile } },
  },
]

const config = aConfig('greet', {
  repository,
  params: [{ name: 'text' }, { name: 'level', enum: ['quick', 'full'], default: 'quick' }],
  matrix: { dimensions: { who: ['me', 'you'] } },
  steps: [
    plain(
      'greet',
      `printf 'param <%s>\\n' "$PARAM_TEXT"; printf 'env <%s> %s %s\\n' "$OWN" "$PARAM_LEVEL" "$MATRIX_WHO"`,
      {
        env: [{ name: 'OWN', value: '$(params.text) $(matrix.who)' }],
      },
    ),
  ],
})

beforeAll(() => {
  cluster.createNamespace()
  cluster.apply(config)
  cluster.apply(...runs)
})
afterAll(() => cluster.removeNamespace())

/** Start and end of each step, in milliseconds. */
function timesOf(run: PipelineRun): readonly { readonly start: number; readonly end: number }[] {
  return (run.status?.steps ?? [])
    .filter(({ startTime }) => startTime !== undefined)
    .map(({ startTime = '', completionTime = '' }) => ({
      start: Date.parse(startTime),
      end: Date.parse(completionTime),
    }))
}

test('kubectl apply --dry-run=server shows the expanded plan', () => {
  const manifest = aRun('seen', commits.main, {
    repository,
    steps: [plain('test', 'true', { matrix: { dimensions } })],
  })
  const args = ['-n', cluster.namespace, 'apply', '--dry-run=server', '-o', 'json', '-f', '-']
  const run = JSON.parse(kubectl(cluster.target, args, JSON.stringify(manifest))) as PipelineRun
  const legs = run.spec.plan?.steps.flatMap((step) => step.legs ?? [])
  expect(legs?.map(({ name }) => name)).toEqual([
    'test-22-alpine',
    'test-22-debian',
    'test-22-ubi',
    'test-24-alpine',
    'test-24-debian',
    'test-24-ubi',
  ])
})

describe('the example of docs/matrix.md', () => {
  test('has six legs: one fails, the others go on, what depends on them waits for all', () => {
    const run = cluster.waitForRun('matrix-1')
    expect(phasesOf(run)).toEqual({
      'test-api-large': 'Succeeded',
      'test-api-small': 'Succeeded',
      'test-cli-large': 'Succeeded',
      'test-cli-small': 'Succeeded',
      'test-web-large': 'Failed',
      'test-web-small': 'Succeeded',
      build: 'Skipped',
    })
    expect(run.status?.message).toMatch(/^leg test-web-large of test failed: /)
  })

  test('has one row in status that adds them up', () => {
    const [view, ...others] = cluster.getRun('matrix-1').status?.matrix ?? []
    expect(view).toMatchObject({ name: 'test', legs: 6, succeeded: 5, failed: 1 })
    expect(view?.message).toMatch(/^test-web-large: /)
    expect(others).toEqual([])
  })

  test('has a Job and a log of its own for each leg, with its own values', () => {
    const run = cluster.getRun('matrix-1')
    const jobs = cluster.run('get', 'jobs', '-l', 'c8s.dev/run=matrix-1', '-o', 'name').trim().split('\n')
    expect(jobs).toHaveLength(6)
    expect(cluster.logOf(run, 'test-cli-small')).toContain('part cli with small data, as cli-tester')
    expect(cluster.logOf(run, 'test-web-large')).toContain('part web with large data, as web-tester')
  })
})

test('three times two legs run side by side, in six pods', () => {
  const run = cluster.waitForRun('six')
  expect(run.status).toMatchObject({ phase: 'Succeeded', matrix: [{ name: 'test', legs: 6, succeeded: 6 }] })
  const times = timesOf(run)
  expect(times).toHaveLength(6)
  // When their pods come to run is the machine's affair.
  const made = (run.status?.steps ?? []).map(({ name }) => cluster.jobTimeOf(run, name))
  expect(Math.max(...made)).toBeLessThan(Math.min(...times.map(({ end }) => end)))
  expect(new Set(run.status?.steps?.map(({ podName }) => podName)).size).toBe(6)
})

test('with maxParallel 1 the legs run one after another, and with failFast not behind one that failed', () => {
  const run = cluster.waitForRun('in-turn')
  expect(phasesOf(run)).toEqual({ 'deploy-a': 'Succeeded', 'deploy-b': 'Failed', 'deploy-c': 'Skipped' })
  expect(run.status?.steps?.find(({ name }) => name === 'deploy-c')?.reason).toBe('MatrixFailedFast')
  const [a, b] = timesOf(run)
  expect(b?.start).toBeGreaterThanOrEqual(a?.end ?? Number.POSITIVE_INFINITY)
})

test('a param reaches each leg as it is, whatever a shell would make of it', () => {
  const run = cluster.waitForRun('literal')
  expect(phasesOf(run)).toEqual({ 'greet-me': 'Succeeded', 'greet-you': 'Succeeded' })
  const log = cluster.logOf(run, 'greet-you')
  expect(log).toContain(`param <${hostile}>\n`)
  expect(log).toContain(`env <${hostile} you> quick you\n`)
  expect(run.spec.plan?.params).toEqual({ text: hostile, level: 'quick' })
})

test('a run that gives its pipeline the wrong values is refused with the name of each', () => {
  const { metadata, ...rest } = aRun('wrong', commits.main, { repository, steps: [] })
  const spec = { pipelineConfigRef: 'greet', commit: commits.main, params: { tetx: 'x', level: 'slow' } }
  const { code, stderr } = cluster.tryApply({ ...rest, metadata, spec })
  expect(code).not.toBe(0)
  expect(stderr).toContain('spec.params[tetx]: UnknownParam: the pipeline has no param "tetx" (did you mean text?)')
  expect(stderr).toContain('spec.params[level]: Invalid: must be one of "quick", "full"')
  expect(stderr).toContain('spec.params[text]: Required: the pipeline has no default for the param "text"')
})
