import { expect, test } from 'vitest'
import { openTestForge, playForge as playExchanges } from '../../../test/helpers/forge-exchange.ts'
import type { ForgeAnswer, ForgeCall } from '../../vcs/outgoing/conversation.ts'
import { createRecollection } from './recollection.ts'

/** A forge of numbers by path, whose etag is the number; a negative one has none. */
function playForge() {
  const numbers = new Map<string, number>()
  const seen: string[] = []
  const send = async ({ path, headers = {}, expects = [] }: ForgeCall): Promise<ForgeAnswer> => {
    const number = numbers.get(path) ?? 0
    const isSame = headers['if-none-match'] === `"${number}"`
    seen.push(`${path} ${isSame ? 304 : 200}`)
    if (isSame) expect(expects).toContain(304)
    const etag = number < 0 ? {} : { etag: `"${number}"` }
    return isSame ? { status: 304, headers: etag, body: undefined } : { status: 200, headers: etag, body: number }
  }
  const { recall } = createRecollection()
  const sum = (key: string, paths: readonly string[]) =>
    recall(key, send, async (sendOne) => {
      const answers = await Promise.all(paths.map((path) => sendOne({ method: 'GET', path })))
      return answers.reduce((total, { body }) => total + Number(body), 0)
    })
  return { numbers, sum, listSeen: () => seen.splice(0) }
}

test('a question whose answers are the same is answered from memory', async () => {
  const { numbers, sum, listSeen } = playForge()
  numbers.set('/a', 1).set('/b', 2)
  expect(await sum('k', ['/a', '/b'])).toBe(3)
  expect(listSeen()).toEqual(['/a 200', '/b 200'])
  expect(await sum('k', ['/a', '/b'])).toBe(3)
  expect(listSeen()).toEqual(['/a 304', '/b 304'])
})

test('what changed is not asked for twice, and what came of it is remembered', async () => {
  const { numbers, sum, listSeen } = playForge()
  numbers.set('/a', 1).set('/b', 2)
  await sum('k', ['/a', '/b'])
  numbers.set('/b', 5)
  listSeen()
  expect(await sum('k', ['/a', '/b'])).toBe(6)
  expect(listSeen()).toEqual(['/a 304', '/b 200', '/a 200'])
  expect(await sum('k', ['/a', '/b'])).toBe(6)
  expect(listSeen().sort()).toEqual(['/a 304', '/b 304'])
})

test('GitHub is asked whether anything changed', async () => {
  const at = '/repos/org/app/pulls?state=open&per_page=100'
  const etag = 'W/"abc"'
  const server = await playExchanges([
    { ask: `GET ${at}`, json: [], answerHeaders: { etag } },
    { ask: `GET ${at}`, status: 304, headers: { 'if-none-match': etag } },
  ])
  try {
    const spec = { provider: 'github', repository: 'https://github.com/org/app', apiURL: server.url } as const
    const forge = await openTestForge({ spec, secret: { token: 't' } })
    expect(await forge.listOpenPullRequests()).toEqual([])
    expect(await forge.listOpenPullRequests()).toEqual([])
    expect(server.listDifferences()).toEqual([])
    expect(server.seen.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, etag])
  } finally {
    await server.close()
  }
})

test('a question of another key, of many calls, or to a forge without etags is asked in full', async () => {
  const { numbers, sum, listSeen } = playForge()
  numbers.set('/none', -1)
  const many = Array.from({ length: 7 }, (_, index) => `/${index}`)
  for (const [key, paths] of [
    ['many', many],
    ['none', ['/none']],
  ] as const) {
    await sum(key, paths)
    listSeen()
    await sum(key, paths)
    expect(listSeen().every((line) => line.endsWith(' 200'))).toBe(true)
  }
  await sum('one', ['/a'])
  listSeen()
  await sum('other', ['/a'])
  expect(listSeen()).toEqual(['/a 200'])
})

test('a question that fails is not remembered by it, and asked in full where its memory is old', async () => {
  const { recall } = createRecollection()
  const answer = async (): Promise<ForgeAnswer> => ({ status: 200, headers: { etag: '"1"' }, body: 1 })
  const fail = () => Promise.reject(new Error('away'))
  await expect(recall('k', fail, (send) => send({ method: 'GET', path: '/' }))).rejects.toThrow('away')
  expect((await recall('k', answer, (send) => send({ method: 'GET', path: '/' }))).body).toBe(1)
  await expect(recall('k', fail, (send) => send({ method: 'GET', path: '/' }))).rejects.toThrow('away')
})
