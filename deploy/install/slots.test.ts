import { expect, test } from 'vitest'
import { completeSettings, fill, optional, parseImage, textOf, value, when } from './slots.ts'

const settings = completeSettings({ tolerations: [{ key: 'ci' }], prices: { cpuHour: 0.031 } })

test.each([
  ['c8s:1', { repository: 'c8s', tag: '1', digest: '' }],
  ['registry:5000/c8s', { repository: 'registry:5000/c8s', tag: 'latest', digest: '' }],
  ['registry:5000/a/c8s:v1.2', { repository: 'registry:5000/a/c8s', tag: 'v1.2', digest: '' }],
  ['registry:5000/c8s@sha256:ab', { repository: 'registry:5000/c8s', tag: 'latest', digest: 'sha256:ab' }],
  ['c8s:1@sha256:ab', { repository: 'c8s', tag: '1', digest: 'sha256:ab' }],
])('%s is read as an image', (reference, want) => expect(parseImage(reference)).toEqual(want))

test.each([
  ['a value', { a: value('admission.replicas') }, { a: 2 }],
  ['a value as text', { a: textOf('prices.cpuHour') }, { a: '0.031' }],
  ['no field for what is empty', { a: optional('affinity'), b: 1 }, { b: 1 }],
  ['a value that is there', { a: optional('tolerations') }, { a: [{ key: 'ci' }] }],
  ['items among others', ['x', optional('tolerations'), optional('imagePullSecrets')], ['x', { key: 'ci' }]],
  ['no item where the condition does not hold', ['x', when('certManager.enabled', 'y')], ['x']],
  ['no field where the condition does not hold', { a: when('prices.gibHour', 'y') }, {}],
  [
    'what a condition stands before',
    { a: when('prices.cpuHour', { b: textOf('spread') }) },
    { a: { b: 'ScheduleAnyway' } },
  ],
])('fills in %s', (_name, node, want) => expect(fill(node, settings)).toEqual(want))

test('a slot for what nobody describes is a mistake', () => {
  expect(() => fill({ a: value('admission.replica') }, settings)).toThrow('no value admission.replica')
})

test('maps are merged, lists are replaced', () => {
  const { nodeSelector, admission } = completeSettings({
    nodeSelector: { pool: 'ci' },
    admission: { resources: { requests: { cpu: '1' } } },
  })
  expect(nodeSelector).toEqual({ 'kubernetes.io/os': 'linux', pool: 'ci' })
  expect(admission.resources).toEqual({ requests: { cpu: '1', memory: '96Mi' }, limits: { memory: '256Mi' } })
})
