import { expect, test } from 'vitest'
import { parseQuantity } from '../../lib/quantity.ts'
import type { Amounts } from './demand.ts'
import type { Domain } from './domain.ts'
import { giveRoom, type QueueFacts, type WaitingRun } from './grant.ts'

const amounts = (given: Readonly<Record<string, string>>): Amounts =>
  new Map(Object.entries(given).map(([name, text]) => [name, parseQuantity(text) ?? 0n]))

const aDomain = (hard: Record<string, string>, used: Record<string, string> = {}, more: Partial<Domain> = {}) => ({
  id: 'ci',
  title: 'ResourceQuota "ci"',
  hard: amounts(hard),
  used: amounts(used),
  ...more,
})

/** A run with one step that takes one pod; the age is where it stands in the alphabet. */
const aRun = (id: string, more: Partial<WaitingRun> = {}, demand: Record<string, string> = { pods: '1' }) => ({
  id,
  domains: ['ci'],
  priority: 0,
  hasStarted: false,
  share: 'web',
  createdAt: id.charCodeAt(0),
  steps: [{ name: 's', demand: amounts(demand) }],
  ...more,
})

const steps = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `s${index}`, demand: amounts({ pods: '1' }) }))

/** `a*` got room for all its steps, `b2` stands second. */
function tell(facts: Partial<QueueFacts>): string {
  const turns = giveRoom({ domains: [], runs: [], held: new Map(), ...facts })
  const told = [...turns].map(([id, { position }]) => `${id}${position ?? '*'}`)
  return told.sort().join(' ')
}

test.each<[string, Partial<QueueFacts>, string]>([
  ['nothing limits', { runs: [aRun('a'), aRun('b')] }, 'a* b*'],
  [
    'the oldest comes first',
    { domains: [aDomain({ pods: '1' })], runs: [aRun('b'), aRun('a'), aRun('c')] },
    'a* b1 c2',
  ],
  ['what is used is gone', { domains: [aDomain({ pods: '2' }, { pods: '1' })], runs: [aRun('a'), aRun('b')] }, 'a* b1'],
  ['more than all used', { domains: [aDomain({ pods: '2' }, { pods: '5' })], runs: [aRun('a')] }, 'a1'],
  [
    'priority outweighs age',
    { domains: [aDomain({ pods: '1' })], runs: [aRun('a'), aRun('b', { priority: 10 })] },
    'a1 b*',
  ],
  [
    'a started run goes on before others begin, but not before a higher priority',
    {
      domains: [aDomain({ pods: '1' }, { pods: '1' })],
      runs: [aRun('a'), aRun('b', { hasStarted: true }), aRun('c', { priority: 1 })],
    },
    'a3 b2 c1',
  ],
  [
    'the config that has least',
    {
      domains: [aDomain({ pods: '3' }, { pods: '2' })],
      held: new Map([['web', 2]]),
      runs: [aRun('a'), aRun('b', { share: 'api' })],
    },
    'a1 b*',
  ],
  [
    'configs take turns',
    {
      domains: [aDomain({ pods: '0' })],
      runs: [aRun('a'), aRun('b'), aRun('c', { share: 'api' }), aRun('d', { share: 'api' })],
    },
    'a1 b3 c2 d4',
  ],
  [
    'a run that begins takes what all its first steps need',
    {
      domains: [aDomain({ pods: '3' })],
      runs: [aRun('a', { steps: steps(3) }), aRun('b', { share: 'api', steps: steps(2) })],
    },
    'a* b1',
  ],
  [
    'runs that go on take turns step by step',
    {
      domains: [aDomain({ pods: '3' })],
      runs: [
        aRun('a', { hasStarted: true, steps: steps(3) }),
        aRun('b', { hasStarted: true, share: 'api', steps: steps(1) }),
      ],
    },
    'a1 b*',
  ],
  [
    'what keeps the head waiting is not given away',
    {
      domains: [aDomain({ cpu: '4' }, { cpu: '2' })],
      runs: [aRun('a', {}, { cpu: '3' }), aRun('b', {}, { cpu: '1' })],
    },
    'a1 b2',
  ],
  [
    'what it does not lack is kept for it, the rest is not idle',
    {
      domains: [aDomain({ cpu: '1', memory: '3' }, { cpu: '1' })],
      runs: [aRun('a', {}, { cpu: '1', memory: '2' }), aRun('b', {}, { memory: '1' }), aRun('c', {}, { memory: '1' })],
    },
    'a1 b* c2',
  ],
  [
    'another namespace of the team goes on',
    {
      domains: [
        aDomain({ pods: '1' }, { pods: '1' }),
        aDomain({ pods: '9' }, {}, { id: 'other' }),
        aDomain({ pods: '9' }, {}, { id: 'team' }),
      ],
      runs: [aRun('a', { domains: ['ci', 'team'] }), aRun('b', { domains: ['other', 'team'] })],
    },
    'a1 b*',
  ],
  [
    'what can never fit holds nobody up',
    { domains: [aDomain({ pods: '1' })], runs: [aRun('a', {}, { pods: '2' }), aRun('b')] },
    'a1 b*',
  ],
  [
    'nor does what waits for others than steps',
    {
      domains: [aDomain({ cpu: '4' }, { cpu: '2' }, { foreign: amounts({ cpu: '2' }) })],
      runs: [aRun('a', {}, { cpu: '3' }), aRun('b', {}, { cpu: '1' })],
    },
    'a1 b*',
  ],
])('%s', (_, facts, want) => {
  expect(tell(facts)).toBe(want)
})

test.each<[string, Domain, Record<string, string>, string]>([
  [
    'used up',
    aDomain({ 'requests.memory': '2Gi' }, { 'requests.memory': '1536Mi' }),
    { 'requests.memory': '1Gi' },
    'it asks for 1Gi of requests.memory, and ResourceQuota "ci" has 512Mi of 2Gi left',
  ],
  [
    'over-used',
    aDomain({ pods: '2' }, { pods: '3' }),
    { pods: '1' },
    'it asks for 1 of pods, and ResourceQuota "ci" has 0 of 2 left',
  ],
  [
    'too much',
    aDomain({ cpu: '1' }),
    { cpu: '1500m' },
    'it asks for 1500m of cpu, and ResourceQuota "ci" has 1 in all',
  ],
  [
    'somebody else',
    aDomain({ cpu: '2' }, { cpu: '1500m' }, { foreign: amounts({ cpu: '1500m' }) }),
    { cpu: '1' },
    'it asks for 1 of cpu, and ResourceQuota "ci" has 500m of 2 left; what is in use belongs to others than c8s',
  ],
])('the sentence: %s', (...[, domain, demand, want]) => {
  const turn = giveRoom({ domains: [domain], runs: [aRun('a', {}, demand)], held: new Map() }).get('a')
  expect(turn?.waiting.get('s')).toBe(want)
})

test('one that only waits for its turn says so', () => {
  const domains = [aDomain({ pods: '2' }, { pods: '1' })]
  const turns = giveRoom({ domains, runs: [aRun('a', {}, { pods: '2' }), aRun('b')], held: new Map() })
  expect(turns.get('b')?.waiting.get('s')).toBe('others come first: they wait for pods of ResourceQuota "ci"')
})

test('a queue of a thousand runs is judged quickly', () => {
  const runs = Array.from({ length: 1000 }, (_, index) => aRun(`r${index}`, { share: `config-${index % 50}` }))
  const begin = performance.now()
  expect(giveRoom({ domains: [aDomain({ pods: '10' })], runs, held: new Map() }).size).toBe(1000)
  expect(performance.now() - begin).toBeLessThan(2000)
})
