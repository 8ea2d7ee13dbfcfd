import { describe, expect, it } from 'vitest'
import { resolveResources, resolveTimeout } from './defaults.ts'
import type { RunEvent } from './parts/event.ts'
import type { Step } from './parts/step.ts'
import type { PipelineSpec } from './pipeline-config.ts'
import { fillStep, freezePlan, type PlanOrigin, type RunIdentity } from './plan.ts'

const step = (more: Partial<Step> = {}): Step => ({
  name: 'test',
  image: 'golang:1.21',
  commands: ['go test'],
  ...more,
})
const pipeline = (more: Partial<PipelineSpec> = {}): PipelineSpec => ({
  repository: 'https://git.example/app',
  steps: [step()],
  ...more,
})

describe('freezePlan', () => {
  it('fills in what a minimal pipeline leaves out', () => {
    expect(freezePlan(pipeline())).toEqual({
      repository: 'https://git.example/app',
      steps: [
        {
          name: 'test',
          image: 'golang:1.21',
          commands: ['go test'],
          resources: { cpu: '500m', memory: '1Gi' },
          timeout: '30m',
          clone: true,
        },
      ],
      timeoutSeconds: 3600,
      clone: { depth: 1, submodules: false },
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  it('keeps what is given', () => {
    const given = pipeline({
      branches: ['main'],
      steps: [
        step({
          timeout: '90s',
          clone: false,
          resources: { cpu: '2', memoryLimit: '4Gi' },
          env: [{ name: 'A', value: 'b' }],
        }),
      ],
      finally: [step({ name: 'notify' })],
      timeout: '1h30m',
      clone: { depth: 0, submodules: true },
    })
    const source = { name: 'app', uid: 'u', generation: 3 }
    const plan = freezePlan(given, { source, connection: 'app', authSecretRef: 'token' })
    expect(plan).toMatchObject({
      source,
      branches: ['main'],
      timeoutSeconds: 5400,
      clone: { depth: 0, submodules: true, connection: 'app', authSecretRef: 'token' },
    })
    expect(plan.steps[0]).toMatchObject({
      timeout: '90s',
      clone: false,
      resources: { cpu: '2', memory: '1Gi', memoryLimit: '4Gi' },
      env: [{ name: 'A', value: 'b' }],
    })
    expect(plan.finally).toHaveLength(1)
  })

  it('leaves its input alone and is the same again for what it made', () => {
    const given = Object.freeze(
      pipeline({ steps: [Object.freeze(step({ resources: Object.freeze({ cpuLimit: '100m' }) }))] }),
    )
    const plan = freezePlan(given)
    expect(freezePlan({ ...given, steps: plan.steps })).toEqual(plan)
    expect(plan.steps.map(fillStep)).toEqual(plan.steps)
  })
})

describe('the concurrency group', () => {
  const event: RunEvent = { type: 'push', pipeline: 'web', receivedAt: '2026-01-01T00:00:00.000Z' }
  const pullRequest = { number: 7, fork: true, branch: 'main', targetBranch: 'main' }
  const run: RunIdentity = { name: 'app-1', commit: 'abc1234' }
  const source = { name: 'app', uid: 'u', generation: 3 }
  it.each<[string, string | undefined, PlanOrigin, string]>([
    ['of a config on a branch', undefined, { source, run: { ...run, branch: 'main' } }, 'app-main'],
    ['of a tag', undefined, { source, run: { ...run, tag: 'v1' } }, 'app-v1'],
    ['of a commit alone', undefined, { source, run }, 'app-abc1234'],
    ['of a run with a pipeline of its own', undefined, { run: { ...run, branch: 'main' } }, 'app-1-main'],
    ['of a file of the repository', undefined, { run: { ...run, branch: 'main', event } }, 'web-main'],
    [
      'of a fork',
      undefined,
      { run: { ...run, event: { ...event, type: 'pullRequest', pullRequest } } },
      'web-pull-request-7',
    ],
    ['as it is called', 'deploy', { run }, 'deploy'],
    ['by event', '{event}/{event}', { run: { ...run, event } }, 'push/push'],
    ['by hand', '{event}', { run }, 'manual'],
    ['of a branch called like a placeholder', '{branch}', { run: { ...run, branch: '{event}' } }, '{event}'],
    ['of a branch with dollars', '{branch}', { run: { ...run, branch: '$&$1' } }, '$&$1'],
  ])('%s', (...[, group, origin, want]) => {
    const plan = freezePlan(pipeline({ concurrency: group === undefined ? {} : { group } }), origin)
    expect(plan.concurrency).toEqual({ group: want, cancelInProgress: false })
  })

  it('is there only where the pipeline wants one, and says whether it cancels', () => {
    expect(freezePlan(pipeline(), { run })).not.toHaveProperty('concurrency')
    const plan = freezePlan(pipeline({ concurrency: { cancelInProgress: true } }), { run })
    expect(plan.concurrency?.cancelInProgress).toBe(true)
  })

  it('keeps two long names apart', () => {
    const group = Array.from({ length: 20 }, () => '{branch}').join('')
    const name = (end: string) =>
      freezePlan(pipeline({ concurrency: { group } }), { run: { ...run, branch: `${'x'.repeat(200)}${end}` } })
        .concurrency?.group ?? ''
    expect(name('a').length).toBeLessThanOrEqual(1024)
    expect(name('a')).not.toBe(name('b'))
  })
})

describe('resolveResources', () => {
  it.each([
    { name: 'nothing given', resources: {}, want: ['500m', '1Gi', '500m', '1Gi'] },
    { name: 'request is the limit', resources: { cpu: '2', memory: '3Gi' }, want: ['2', '3Gi', '2', '3Gi'] },
    { name: 'a higher limit', resources: { cpu: '1', cpuLimit: '4' }, want: ['1', '1Gi', '4', '1Gi'] },
    {
      name: 'a lone low limit lowers the request',
      resources: { memoryLimit: '64Mi' },
      want: ['500m', '64Mi', '500m', '64Mi'],
    },
    { name: 'a lone high limit does not', resources: { cpuLimit: '4' }, want: ['500m', '1Gi', '4', '1Gi'] },
  ])('$name', ({ resources, want }) => {
    const { requests, limits } = resolveResources({ resources })
    expect([requests.cpu, requests.memory, limits.cpu, limits.memory]).toEqual(want)
  })
})

describe('resolveTimeout', () => {
  it.each([
    [undefined, 1800],
    ['1h', 3600],
  ])('%j is %d s', (timeout, want) => {
    expect(resolveTimeout(timeout === undefined ? {} : { timeout })).toBe(want)
  })
})
