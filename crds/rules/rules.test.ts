import { describe, expect, it } from 'vitest'
import type { Step } from '../parts/step.ts'
import { pipelineRules, pipelineWarnings } from '../pipeline-config.rules.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import { resolveVariable } from './environment.ts'
import { legalImages } from './image.ts'
import { runTimeoutCoversSteps } from './timeouts.ts'

const step = (more: Partial<Step> = {}): Step => ({ name: 'test', image: 'golang:1.21', commands: ['make'], ...more })
const pipeline = (steps: readonly Step[], more: Partial<PipelineSpec> = {}): PipelineSpec => ({
  repository: 'https://git.example/app',
  steps: [...steps],
  ...more,
})

describe('the registries', () => {
  it('cannot be changed at run time and hold no rule twice', () => {
    const all = [...pipelineRules, ...pipelineWarnings]
    expect(Object.isFrozen(pipelineRules) && Object.isFrozen(pipelineWarnings)).toBe(true)
    expect(new Set(all).size).toBe(all.length)
  })

  it('say nothing about a sound pipeline, and leave it alone', () => {
    const sound = Object.freeze(pipeline([Object.freeze(step())]))
    expect([...pipelineRules, ...pipelineWarnings].flatMap((rule) => rule(sound, 'spec'))).toEqual([])
  })

  it('put the given path before all they say', () => {
    const bad = pipeline(
      [step({ image: 'X', timeout: '0s', dependsOn: ['y'], resources: { cpu: '0' }, artifacts: ['a'] })],
      {
        repository: 'x',
        timeout: '0s',
        branches: ['{'],
        matrix: {},
      },
    )
    const paths = [...pipelineRules, ...pipelineWarnings]
      .flatMap((rule) => rule(bad, 'at.some[0].place'))
      .map(({ path }) => path)
    expect(paths.length).toBeGreaterThan(6)
    expect(paths.filter((path) => !path.startsWith('at.some[0].place.'))).toEqual([])
  })
})

describe('legalImages', () => {
  it.each([
    'busybox',
    'golang:1.21',
    'gcr.io/kaniko-project/executor:latest',
    'localhost:5000/a',
    'Registry.Example:5000/team/app',
    '[2001:db8::1]:5000/app',
    'a__b/c-d.e:_x',
    `app@sha256:${'a'.repeat(64)}`,
  ])('%s', (image) => {
    expect(legalImages(pipeline([step({ image })]), 'spec')).toEqual([])
  })

  it.each([
    'App',
    'a//b',
    'a/',
    '/a',
    'a:',
    'a@',
    'a@sha256:1',
    'a:1:2',
    'https://a/b',
    'a b',
    'a..b',
    `a:${'t'.repeat(129)}`,
  ])('not %s', (image) => {
    expect(legalImages(pipeline([step({ image })]), 'spec')).toMatchObject([{ path: 'spec.steps[0].image' }])
  })

  it('takes no long time for a hostile one', () => {
    const start = performance.now()
    legalImages(pipeline([step({ image: `${'a-'.repeat(250)}!` }), step({ image: `${'a.'.repeat(250)}/` })]), 'spec')
    expect(performance.now() - start).toBeLessThan(2000)
  })
})

describe('resolveVariable', () => {
  it.each([
    ['the key itself', { secretRef: 's', key: 'TOKEN' }, 'TOKEN'],
    ['envVar before the key', { secretRef: 's', key: 'k', envVar: 'A' }, 'A'],
    ['none for a file', { secretRef: 's', key: 'k', file: 'f' }, undefined],
    ['envVar beside a file', { secretRef: 's', key: 'k', file: 'f', envVar: 'A' }, 'A'],
  ])('%s', (_, use, want) => {
    expect(resolveVariable(use)).toBe(want)
  })
})

describe('runTimeoutCoversSteps', () => {
  it.each([
    ['steps side by side', [step({ name: 'a', timeout: '40m' }), step({ name: 'b', timeout: '40m' })], '45m', 0],
    ['a chain', [step({ name: 'a', timeout: '40m' }), step({ name: 'b', timeout: '40m', dependsOn: ['a'] })], '45m', 1],
    [
      'a chain that fits',
      [step({ name: 'a', timeout: '20m' }), step({ name: 'b', timeout: '25m', dependsOn: ['a'] })],
      '45m',
      0,
    ],
    ['defaults', [step({ name: 'a' }), step({ name: 'b', dependsOn: ['a'] })], undefined, 0],
    ['a cycle is not measured', [step({ name: 'a', dependsOn: ['a'] })], '1m', 0],
  ] as const)('%s', (...[, steps, timeout, count]) => {
    const spec = pipeline(steps, timeout === undefined ? {} : { timeout })
    expect(runTimeoutCoversSteps(spec, 'spec')).toHaveLength(count)
  })
})
