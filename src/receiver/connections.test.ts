import { expect, test } from 'vitest'
import type { RepositoryConnection } from '../../crds/kinds.ts'
import type { RepositoryConnectionSpec } from '../../crds/repository-connection.ts'
import { aConnection } from '../../test/helpers/admission-objects.ts'
import { FakeKube } from '../../test/helpers/fake-kube.ts'
import { systemTimers } from '../kube/timers.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { createConnections } from './connections.ts'

const made = (namespace: string, spec: Partial<RepositoryConnectionSpec> = {}) =>
  aConnection({ repository: 'https://git.test/Team/App', provider: 'gitea', ...spec }, { namespace })

const aNamed = (namespace: string, name: string) =>
  aConnection({ repository: 'https://git.test/Team/App', provider: 'gitea' }, { namespace, name })

async function follow(...objects: readonly RepositoryConnection[]) {
  let now = 0
  const kube = new FakeKube({ now: () => (now += 1000) })
  for (const object of objects) await kube.create(resourceTypes.repositoryConnection, object)
  const onFault = (error: unknown) => {
    throw error
  }
  const connections = createConnections({ source: kube, timers: systemTimers, onFault })
  connections.informer.start()
  await connections.informer.whenSynced()
  const namespaces = (found: readonly RepositoryConnection[]) => found.map(({ metadata }) => metadata.namespace)
  return { kube, connections, namespaces }
}

test('connections of all namespaces are found by any spelling of their repository, for their provider', async () => {
  const { connections, namespaces } = await follow(
    made('team-a'),
    made('team-b', { repository: 'ssh://git@git.test/team/app.git' }),
    made('team-c', { provider: 'github' }),
    made('team-d', { repository: 'https://git.test/team/lib' }),
  )
  const urls = ['git@git.test:TEAM/app', 'https://GIT.test:443/team/app.git']
  expect(namespaces(connections.find('gitea', urls))).toEqual(['team-a', 'team-b'])
  expect(namespaces(connections.find('github', urls))).toEqual(['team-c'])
  expect(connections.find('gitea', ['https://git.test/team/ap'])).toEqual([])
  expect(namespaces(connections.findAny('gitea'))).toEqual(['team-a', 'team-b', 'team-d'])
  await connections.informer.stop()
})

test('of very many the oldest are asked, so that nobody is pushed out', async () => {
  const others = Array.from({ length: 60 }, (_, n) => made(`other-${n}`))
  const { connections, namespaces } = await follow(made('zeta'), ...others)
  const found = namespaces(connections.find('gitea', ['https://git.test/team/app']))
  expect(found).toHaveLength(50)
  expect(found[0]).toBe('zeta')
  await connections.informer.stop()
})

test('a namespace that was there first with very many pushes nobody out', async () => {
  const many = Array.from({ length: 60 }, (_, n) => aNamed('early', `squat-${n}`))
  const { connections, namespaces } = await follow(...many, made('team-a'), made('team-b'))
  const found = namespaces(connections.find('gitea', ['https://git.test/team/app']))
  expect(found).toHaveLength(50)
  expect(found.slice(0, 4)).toEqual(['early', 'team-a', 'team-b', 'early'])
  await connections.informer.stop()
})

test('status is not kept', async () => {
  const object = { ...made('team-a'), status: { heads: [{ ref: 'refs/heads/main', commit: 'abc' }] } }
  const { connections } = await follow(object)
  expect(connections.informer.list()[0]).not.toHaveProperty('status')
  expect(connections.informer.list()[0]).toMatchObject({ kind: 'RepositoryConnection', metadata: { name: 'forge' } })
  await connections.informer.stop()
})
