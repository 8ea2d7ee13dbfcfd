import { expect, test } from 'vitest'
import type { StepResources } from '../../crds/parts/resources.ts'
import { measureStep } from '../../src/engine/queue/demand.ts'
import type { ResourceQuota } from '../../src/lib/kubernetes.ts'
import { formatQuantity } from '../../src/lib/quantity.ts'
import { aQuota } from '../../test/helpers/admission-objects.ts'
import { listSteps } from './pipeline-parts.ts'
import { validateQuota } from './quota.ts'

const aStep = (resources: StepResources = {}, clones = true) => ({
  path: 'spec.steps[0]',
  name: 'a',
  secrets: [],
  resources,
  clones,
})
const measure = (resources: StepResources, clones = true) =>
  Object.fromEntries(
    [...measureStep(aStep(resources, clones))].map(([name, amount]) => [
      name,
      formatQuantity(amount, name.endsWith('memory') ? 'binary' : 'decimal'),
    ]),
  )

test('a pod is the step and the shipper, by the names that quotas use', () => {
  expect(measure({})).toEqual({
    pods: '1',
    'count/pods': '1',
    'count/jobs.batch': '1',
    'requests.cpu': '520m',
    cpu: '520m',
    'requests.memory': '1056Mi',
    memory: '1056Mi',
    'limits.cpu': '1',
    'limits.memory': '1152Mi',
  })
})

test('a small step that clones is as large as its clone', () => {
  expect(measure({ cpu: '10m', memory: '8Mi' })).toMatchObject({
    'requests.cpu': '50m',
    'requests.memory': '64Mi',
    'limits.memory': '256Mi',
  })
  expect(measure({ cpu: '10m', memory: '8Mi' }, false)).toMatchObject({
    'requests.cpu': '30m',
    'requests.memory': '40Mi',
    'limits.memory': '136Mi',
  })
})

test('services count beside the step', () => {
  const [step] = listSteps(
    { steps: [{ name: 'a', clone: false, services: [{ name: 'db' }, { resources: { cpu: '1' } }] }] },
    '',
  )
  const amounts = measureStep(step ?? aStep())
  expect(formatQuantity(amounts.get('requests.cpu') ?? 0n)).toBe('1620m')
  expect(formatQuantity(amounts.get('limits.memory') ?? 0n, 'binary')).toBe('2176Mi')
})

test('a limit of its own counts as limit', () => {
  expect(measure({ cpu: '1', cpuLimit: '2', memory: '1Gi', memoryLimit: '2Gi' })).toMatchObject({
    'requests.cpu': '1020m',
    'limits.cpu': '2500m',
    'limits.memory': '2176Mi',
  })
})

test.each<[string, StepResources, ResourceQuota, readonly string[]]>([
  ['no such resource', {}, aQuota({ persistentvolumeclaims: '0', 'requests.storage': '1Gi' }), []],
  ['just enough', { cpu: '980m' }, aQuota({ 'requests.cpu': '1' }), []],
  ['a thousandth too much', { cpu: '981m' }, aQuota({ 'requests.cpu': '1' }), ['spec.steps[0].resources.cpu']],
  ['the short name', { cpu: '2' }, aQuota({ cpu: '1' }), ['spec.steps[0].resources.cpu']],
  ['memory in another unit', { memory: '2Gi' }, aQuota({ memory: '2147483648' }), ['spec.steps[0].resources.memory']],
  ['limits', { cpu: '1', cpuLimit: '3' }, aQuota({ 'limits.cpu': '3' }), ['spec.steps[0].resources.cpu']],
  ['no pods at all', {}, aQuota({ pods: '0' }), ['spec.steps[0]']],
  ['no Jobs at all', {}, aQuota({ 'count/jobs.batch': '0' }), ['spec.steps[0]']],
  ['one pod', {}, aQuota({ pods: '1', 'count/pods': '1' }), []],
  [
    'several at once',
    { cpu: '9', memory: '9Gi' },
    aQuota({ cpu: '1', memory: '1Gi' }),
    ['spec.steps[0].resources.cpu', 'spec.steps[0].resources.memory'],
  ],
  [
    'a scope that counts our pods',
    { cpu: '9' },
    aQuota({ cpu: '1' }, { scopes: ['Terminating', 'NotBestEffort'] }),
    ['spec.steps[0].resources.cpu'],
  ],
  ['a scope that leaves them out', { cpu: '9' }, aQuota({ cpu: '1' }, { scopes: ['NotTerminating'] }), []],
  ['a scope of the careless', { cpu: '9' }, aQuota({ cpu: '1' }, { scopes: ['BestEffort'] }), []],
  ['a selector', { cpu: '9' }, aQuota({ cpu: '1' }, { scopeSelector: { matchExpressions: [] } }), []],
  ['what is no quantity', { cpu: 'much' }, aQuota({ cpu: '1' }), []],
  ['a quota without limits', { cpu: '9' }, { ...aQuota({}), spec: {} }, []],
])('%s', (...[, resources, quota, want]) => {
  expect(validateQuota([aStep(resources)], [quota]).map(({ path }) => path)).toEqual(want)
})

test('a pipeline of a thousand steps is judged quickly', () => {
  const steps = Array.from({ length: 1000 }, () => aStep({ cpu: '2' }))
  const begin = performance.now()
  expect(validateQuota(steps, [aQuota({ cpu: '1', memory: '1Gi', 'limits.cpu': '1' })])).toHaveLength(3000)
  expect(performance.now() - begin).toBeLessThan(3000)
})
