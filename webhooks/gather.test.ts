import { expect, test } from 'vitest'
import { KubeError } from '../src/kube/kube-error.ts'
import { seed, someSettings } from '../test/helpers/admission.ts'
import { aConfig, aConnection, aNamespace, aQuota, aSecret, team } from '../test/helpers/admission-objects.ts'
import { FakeKube, type FakeKubeOptions } from '../test/helpers/fake-kube.ts'
import { askApprove, askUse, type FactNeeds, toRightKey } from './facts.ts'
import { createGatherer, type FactSource, ReadsFailed } from './gather.ts'

const dev = { username: 'dev', groups: ['team-a'] }
const open = (source: FactSource, budgetMs = 1000) =>
  createGatherer(team, { source, clock: { now: () => 7 }, settings: someSettings, budgetMs })

async function startKube(options: FakeKubeOptions = {}): Promise<FakeKube> {
  const kube = new FakeKube(options)
  await seed(kube, aConfig(), aConnection(), aNamespace({ a: 'b' }), aQuota({ pods: '1' }), aSecret('token'))
  kube.requests.length = 0
  return kube
}

test('everything that is asked for is read, and nothing else', async () => {
  const kube = await startKube()
  const needs: FactNeeds = {
    config: 'app',
    run: 'none',
    configNames: true,
    connections: 'live',
    quotas: true,
    namespace: true,
    secrets: ['token', 'none'],
    rights: [askUse(dev, 'token')],
  }
  const facts = await open(kube).gather(() => needs)
  expect(facts.now).toBe(7)
  expect(facts.configs.get('app')?.spec.repository).toBe('https://git.test/team/app')
  expect([...facts.runs]).toEqual([['none', undefined]])
  expect(facts.configNames).toEqual(['app'])
  expect(facts.connections?.map(({ metadata }) => metadata.name)).toEqual(['forge'])
  expect(facts.quotas?.map(({ metadata }) => metadata.name)).toEqual(['team'])
  expect(facts.namespaceLabels).toEqual({ a: 'b' })
  expect([...facts.secrets.keys()]).toEqual(['token', 'none'])
  expect(facts.secrets.get('none')).toBeUndefined()
  expect([...facts.rights.values()]).toEqual([true])
  expect(kube.requests).toHaveLength(9)

  kube.requests.length = 0
  await open(kube).gather(() => ({}))
  expect(kube.requests).toEqual([])
})

test('the right is asked for the subject as it is, with the verb use', async () => {
  const asked: unknown[] = []
  const kube = await startKube({ isAllowed: (spec) => asked.push(spec) === 0 })
  const question = askUse({ ...dev, uid: 'u', extra: { scope: ['x'] } }, 'token')
  const facts = await open(kube).gather(() => ({ rights: [question] }))
  expect(facts.rights.get(toRightKey(question))).toBe(false)
  expect(asked).toEqual([
    {
      user: 'dev',
      uid: 'u',
      groups: ['team-a'],
      extra: { scope: ['x'] },
      resourceAttributes: { namespace: team, verb: 'use', resource: 'secrets', name: 'token' },
    },
  ])
})

test('a right over one of our own kinds is asked with its group', async () => {
  const asked: unknown[] = []
  const kube = await startKube({ isAllowed: (spec) => asked.push(spec['resourceAttributes']) > 0 })
  await open(kube).gather(() => ({ rights: [askApprove(dev, 'app-1')] }))
  expect(asked).toEqual([
    { namespace: team, verb: 'approve', group: 'c8s.dev', resource: 'pipelineruns', name: 'app-1' },
  ])
})

test('questions are told apart by all that is asked, and by nothing else', () => {
  const scopes = { a: ['1'], b: ['2'] }
  const turned = { b: ['2'], a: ['1'] }
  expect(toRightKey(askUse({ ...dev, extra: scopes }, 'x'))).toBe(toRightKey(askUse({ ...dev, extra: turned }, 'x')))
  const questions = [
    askUse(dev, 'x'),
    askUse(dev, 'y'),
    askApprove(dev, 'x'),
    { ...askApprove(dev, 'x'), verb: 'get' },
    askUse({ ...dev, uid: 'other' }, 'x'),
    askUse({ ...dev, groups: [] }, 'x'),
    askUse({ ...dev, extra: scopes }, 'x'),
  ]
  expect(new Set(questions.map(toRightKey)).size).toBe(questions.length)
})

test('later rounds see what earlier ones read', async () => {
  const kube = await startKube()
  const facts = await open(kube).gather(({ configs }) =>
    configs.get('app') === undefined ? { config: 'app' } : { config: 'app', secrets: ['token'] },
  )
  expect([...facts.secrets.keys()]).toEqual(['token'])
})

test('one gatherer reads nothing twice, not even at the same time', async () => {
  const kube = await startKube()
  const gatherer = open(kube)
  await Promise.all([
    gatherer.gather(() => ({ config: 'app' })),
    gatherer.gather(() => ({ config: 'app', quotas: true })),
  ])
  await gatherer.gather(() => ({ config: 'app' }))
  expect(kube.requests.map(({ verb, type }) => `${verb} ${type.plural}`)).toEqual([
    'read pipelineconfigs',
    'list resourcequotas',
  ])
})

test('a new gatherer reads anew', async () => {
  const kube = await startKube()
  await open(kube).gather(() => ({ config: 'app' }))
  await open(kube).gather(() => ({ config: 'app' }))
  expect(kube.requests).toHaveLength(2)
})

test('reads that take too long end the wait', async () => {
  const kube = new FakeKube()
  const slow: FactSource = { ...toSource(kube), get: () => new Promise(() => undefined) }
  await expect(open(slow, 20).gather(() => ({ config: 'app' }))).rejects.toThrow(ReadsFailed)
})

test.each([
  [0, 'ConnectionFailed', true],
  [401, 'Unauthorized', true],
  [429, 'TooManyRequests', true],
  [503, 'ServiceUnavailable', true],
  [403, 'Forbidden', false],
])('reads that fail with %i %s may be worth another try: %s', async (status, reason, isPassing) => {
  const fault = new KubeError('read pipelineconfigs app', { status, reason, detail: 'no' })
  const failing: FactSource = { ...toSource(new FakeKube()), get: () => Promise.reject(fault) }
  const gathered = open(failing).gather(() => ({ config: 'app' }))
  await expect(gathered).rejects.toThrow(isPassing ? ReadsFailed : fault)
})

test('needs that never end are a fault, not a loop', async () => {
  const kube = await startKube()
  let count = 0
  const endless = () => {
    count += 1
    return { config: `app-${count}` }
  }
  await expect(open(kube).gather(endless)).rejects.toThrow('do not end')
})

test('a failed read fails the whole', async () => {
  const kube = new FakeKube({
    before: () => {
      throw new Error('cut off')
    },
  })
  await expect(open(kube).gather(() => ({ config: 'app', quotas: true }))).rejects.toThrow('cut off')
})

function toSource(kube: FakeKube): FactSource {
  return {
    get: (...args) => kube.get(...args),
    getMetadata: (...args) => kube.getMetadata(...args),
    list: (...args) => kube.list(...args),
    create: (...args) => kube.create(...args),
  }
}
