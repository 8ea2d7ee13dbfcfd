import { expect, test } from 'vitest'
import { aConnection } from '../../../test/helpers/admission-objects.ts'
import { toRepositoryKey } from './repository-key.ts'
import { createRepositoryOrder, toWebhookURL } from './webhook-url.ts'

const made = (namespace: string, day: number, repository = 'https://git.test/team/app') =>
  aConnection(
    { repository, provider: 'gitea' },
    { namespace, uid: namespace, creationTimestamp: `2026-01-0${day}T00:00:00Z` },
  )

test('the oldest connection has the plain URL, the others one of their own', () => {
  const order = createRepositoryOrder()
  const [first, second, other] = [made('team-b', 1), made('team-a', 2), made('team-c', 3, 'https://git.test/team/lib')]
  for (const connection of [second, other, first]) order.put(connection)
  const urlOf = (connection = first) => toWebhookURL('https://c8s.test', connection, order.isOldest(connection))
  expect(urlOf(first)).toBe('https://c8s.test/webhooks/gitea')
  expect(urlOf(second)).toBe('https://c8s.test/webhooks/gitea?connection=team-a%2Fforge')
  expect(urlOf(other)).toBe('https://c8s.test/webhooks/gitea')
  expect(order.listOthers(first)).toEqual([second])
  order.remove(first)
  expect(urlOf(second)).toBe('https://c8s.test/webhooks/gitea')
  order.put({ ...other, spec: second.spec })
  expect(order.isOldest(other)).toBe(true)
  expect(order.listOthers(second)).toHaveLength(1)
})

test('of two that were made in the same second one is the oldest', () => {
  const order = createRepositoryOrder()
  const pair = [made('team-b', 1), made('team-a', 1)]
  for (const connection of pair) order.put(connection)
  expect(pair.map((connection) => order.isOldest(connection))).toEqual([false, true])
})

test.each([
  ['https://GitHub.com/Team/App.git', 'git@github.com:team/app', 'github', true],
  ['https://git.test/Team/App', 'https://git.test/team/app', 'generic', false],
  ['https://git.test:443/a/b/', 'ssh://git@git.test/a/b.git', 'generic', true],
] as const)('%s and %s at %s: the same is %s', (...[one, other, provider, isSame]) => {
  expect(toRepositoryKey(provider, one) === toRepositoryKey(provider, other)).toBe(isSame)
})
