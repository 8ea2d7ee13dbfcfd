import { expect, test } from 'vitest'
import { clampAmount, findContainerDefaults, findLimitFaults, fitContainer, type LimitRange } from './limit-range.ts'

type Item = NonNullable<NonNullable<LimitRange['spec']>['limits']>[number]

const aRange = (item: Omit<Item, 'type'>, type = 'Container', name = 'sizes'): LimitRange => ({
  metadata: { name },
  spec: { limits: [{ type, ...item }] },
})
const sized = (...[cpu, cpuLimit, memory, memoryLimit]: readonly [string, string, string, string]) => ({
  requests: { cpu, memory },
  limits: { cpu: cpuLimit, memory: memoryLimit },
})
const shipper = sized('20m', '500m', '32Mi', '128Mi')

test.each<[string, Omit<Item, 'type'>, object]>([
  ['none', {}, {}],
  ['both', { default: { memory: '2Gi' }, defaultRequest: { memory: '512Mi' } }, { request: '512Mi', limit: '2Gi' }],
  ['a lone default', { default: { memory: '2Gi' } }, { request: '2Gi', limit: '2Gi' }],
  [
    'a default whose request Kubernetes has filled in',
    { default: { memory: '2Gi' }, defaultRequest: { memory: '2Gi' } },
    { request: '2Gi', limit: '2Gi' },
  ],
  ['a lone request', { defaultRequest: { memory: '512Mi' } }, { request: '512Mi' }],
  [
    'what Kubernetes makes of a lone max is no default',
    { max: { memory: '16Gi' }, default: { memory: '16Gi' }, defaultRequest: { memory: '16Gi' } },
    {},
  ],
  ['nor what it makes of a lone min', { min: { memory: '64Mi' }, defaultRequest: { memory: '64Mi' } }, {}],
])('defaults: %s', (...[, item, want]) => {
  expect(findContainerDefaults([aRange(item)], 'memory')).toEqual(want)
})

test('of several LimitRanges the first by name that says something gives the default', () => {
  const ranges = [
    aRange({ default: { cpu: '2' } }, 'Container', 'b'),
    aRange({ default: { cpu: '1' } }, 'Container', 'a'),
  ]
  expect(findContainerDefaults(ranges, 'cpu')).toEqual({ request: '1', limit: '1' })
  expect(findContainerDefaults([aRange({ default: { cpu: '1' } }, 'Pod')], 'cpu')).toEqual({})
})

test.each<[string, Omit<Item, 'type'>, string]>([
  ['no bounds', {}, '1Gi'],
  ['within', { min: { memory: '1Mi' }, max: { memory: '1Ti' } }, '1Gi'],
  ['above', { max: { memory: '512Mi' } }, '512Mi'],
  ['below', { min: { memory: '2Gi' } }, '2Gi'],
])('a default is moved into the bounds: %s', (...[, item, want]) => {
  expect(clampAmount('1Gi', [aRange(item)], 'memory')).toBe(want)
})

test.each<[string, Omit<Item, 'type'>, object]>([
  ['nothing wanted', {}, shipper],
  ['a least request', { min: { cpu: '100m', memory: '64Mi' } }, sized('100m', '500m', '64Mi', '128Mi')],
  ['a least above the limit', { min: { cpu: '1', memory: '256Mi' } }, sized('1', '1', '256Mi', '256Mi')],
  ['a ratio', { maxLimitRequestRatio: { cpu: '3', memory: '2' } }, sized('167m', '500m', '64Mi', '128Mi')],
  ['less CPU', { max: { cpu: '250m' } }, sized('20m', '250m', '32Mi', '128Mi')],
  ['less memory is not taken', { max: { memory: '64Mi' } }, shipper],
])('containers of c8s fit themselves in: %s', (...[, item, want]) => {
  const ranges = [aRange(item)]
  const fitted = fitContainer(shipper, ranges)
  expect(fitted).toEqual(want)
  expect(fitContainer(fitted, ranges)).toEqual(fitted)
  const faults = findLimitFaults([{ name: 'c8s-log', isInit: false, resources: fitted }], ranges)
  expect(faults.map(({ resource }) => resource)).toEqual(item.max?.['memory'] === undefined ? [] : ['memory'])
})

const step = { name: 'step', isInit: false, resources: sized('500m', '1', '1Gi', '1Gi') }
const log = { name: 'c8s-log', isInit: false, resources: shipper }
const clone = { name: 'c8s-clone', isInit: true, resources: sized('600m', '1', '2Gi', '2Gi') }

test.each<[string, LimitRange, readonly string[]]>([
  ['fits', aRange({ min: { cpu: '20m' }, max: { cpu: '1' } }), []],
  ['least', aRange({ min: { memory: '33Mi' } }), ['c8s-log asks for 32Mi, and at least 33Mi is wanted']],
  ['most', aRange({ max: { memory: '1Gi' } }), ['c8s-clone has a limit of 2Gi, and at most 1Gi is allowed']],
  [
    'ratio',
    aRange({ maxLimitRequestRatio: { cpu: '2' } }),
    ['c8s-log has a limit of 500m for a request of 20m, and the limit may be 2 times the request'],
  ],
  ['the pod is what runs side by side', aRange({ max: { cpu: '1500m' } }, 'Pod'), []],
  [
    'a thousandth less is not enough',
    aRange({ max: { cpu: '1499m' } }, 'Pod'),
    ['pod has a limit of 1500m, and at most 1499m is allowed'],
  ],
  [
    'what runs before counts alone',
    aRange({ max: { memory: '1500Mi' } }, 'Pod'),
    ['pod has a limit of 2Gi, and at most 1500Mi is allowed'],
  ],
  ['other types', aRange({ max: { storage: '1Gi' } }, 'PersistentVolumeClaim'), []],
])('LimitRanger: %s', (...[, range, want]) => {
  const faults = findLimitFaults([step, log, clone], [range])
  expect(faults.map(({ container = 'pod', says }) => `${container} ${says}`)).toEqual(want)
})
