import { expect, test } from 'vitest'
import type { LimitRange } from '../../src/lib/limit-range.ts'
import type { StepResources } from '../parts/resources.ts'
import { freezePlan } from '../plan.ts'
import { applyUsual } from '../usual.ts'
import type { Policy } from './document.ts'
import { findUsual } from './usual.ts'

type Item = NonNullable<NonNullable<LimitRange['spec']>['limits']>[number]

const freeze = (
  policy: Partial<Policy> | undefined,
  item: Omit<Item, 'type'> | undefined,
  { resources, isUntrusted = false }: { resources?: StepResources; isUntrusted?: boolean } = {},
) => {
  const ranges =
    item === undefined ? [] : [{ metadata: { name: 'a' }, spec: { limits: [{ type: 'Container', ...item }] } }]
  const usable = { kind: 'usable', name: 'ci', id: 'ci@1', policy: { version: 'v1alpha1', ...policy } } as const
  const usual = findUsual({ ...(policy === undefined ? {} : { policy: usable }), isUntrusted }, ranges)
  const step = { name: 'a', image: 'i', commands: ['c'], ...(resources === undefined ? {} : { resources }) }
  const plan = freezePlan(applyUsual({ repository: 'https://git.test/a/b', steps: [step] }, usual))
  return { ...plan.steps[0]?.resources, timeout: plan.steps[0]?.timeout, run: plan.timeoutSeconds }
}

const plain = { cpu: '500m', memory: '1Gi', timeout: '30m', run: 3600 }

test.each<[string, Parameters<typeof freeze>, object]>([
  ['nothing', [undefined, undefined], plain],
  ['a policy that says nothing', [{}, {}], plain],
  ['a policy', [{ defaultResources: { cpu: '1', memory: '2Gi' } }, undefined], { ...plain, cpu: '1', memory: '2Gi' }],
  [
    'a policy before a LimitRange',
    [{ defaultResources: { cpu: '1', cpuLimit: '2' } }, { default: { cpu: '4', memory: '3Gi' } }],
    { ...plain, cpu: '1', cpuLimit: '2', memory: '3Gi', memoryLimit: '3Gi' },
  ],
  [
    'a LimitRange',
    [undefined, { default: { memory: '2Gi' }, defaultRequest: { memory: '256Mi', cpu: '100m' } }],
    { ...plain, cpu: '100m', memory: '256Mi', memoryLimit: '2Gi' },
  ],
  ['its most', [undefined, { max: { memory: '512Mi' }, default: { memory: '512Mi' } }], { ...plain, memory: '512Mi' }],
  ['its least', [undefined, { min: { cpu: '1' }, defaultRequest: { cpu: '1' } }], { ...plain, cpu: '1' }],
  ['the most of a policy', [{ maxResources: { cpu: '200m', memory: '2Gi' } }, undefined], { ...plain, cpu: '200m' }],
  ['a shorter time', [{ maxTimeout: '10m' }, undefined], { ...plain, timeout: '10m', run: 600 }],
  ['a longer time changes no default', [{ maxTimeout: '5h' }, undefined], plain],
  [
    'less for commits that are not trusted',
    [{ untrusted: { maxTimeout: '10m', maxResources: { memory: '256Mi' } } }, undefined, { isUntrusted: true }],
    { ...plain, memory: '256Mi', timeout: '10m', run: 600 },
  ],
  ['and not for others', [{ untrusted: { maxTimeout: '10m' } }, undefined], plain],
  [
    'what the step says stays',
    [
      { defaultResources: { cpu: '1', cpuLimit: '2', memory: '2Gi' } },
      undefined,
      { resources: { cpu: '50m', memoryLimit: '4Gi' } },
    ],
    { ...plain, cpu: '50m', memory: '2Gi', memoryLimit: '4Gi' },
  ],
  [
    'a lone limit lowers the request',
    [{ defaultResources: { memory: '2Gi' } }, undefined, { resources: { memoryLimit: '64Mi' } }],
    { ...plain, memory: '64Mi', memoryLimit: '64Mi' },
  ],
])('%s', (...[, given, want]) => {
  expect(freeze(...given)).toEqual(want)
})
