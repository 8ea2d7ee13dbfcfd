import { describe, expect, it } from 'vitest'
import { resolveResources, resolveTimeout } from './defaults.ts'
import type { Step } from './parts/step.ts'
import type { PipelineSpec } from './pipeline-config.ts'
import { fillStep, freezePlan } from './plan.ts'

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
