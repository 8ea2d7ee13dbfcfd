import { expect, test } from 'vitest'
import { converseWith } from '../../../test/helpers/converse-with.ts'
import type { ForgeAnswer, ForgeCall } from './conversation.ts'
import {
  bitbucketCloudPages,
  bitbucketDataCenterPages,
  bitbucketFolderPages,
  giteaPages,
  hubPages,
  type PageStyle,
  readPages,
  wholeList,
} from './pages.ts'

const read = (item: unknown) => (item === 'skip' ? [] : [item])
const next = { link: '<https://evil.example.com/?page=9>; rel="next", <https://x/?page=9>; rel="last"' }

function list(style: PageStyle, answer: (call: ForgeCall) => Partial<ForgeAnswer>, limit = 100) {
  const call: ForgeCall = { method: 'GET', path: '/list', query: { state: 'open' } }
  const { result, calls } = converseWith(readPages({ call, style, read, limit }), answer)
  return { ...result, queries: calls.map(({ query }) => new URLSearchParams(query).toString()) }
}

test('a Link header counts pages, and its URL is not used', () => {
  const { items, isComplete, queries } = list(hubPages, ({ query }) =>
    query?.['page'] === '2' ? { body: ['c'] } : { body: ['a', 'skip', 'b'], headers: next },
  )
  expect({ items, isComplete }).toEqual({ items: ['a', 'b', 'c'], isComplete: true })
  expect(queries).toEqual(['state=open&per_page=100', 'state=open&per_page=100&page=2'])
})

test.each([
  ['the total', { 'x-total-count': '3' }, 3],
  ['a total that was reached', { 'x-total-count': '2' }, 1],
  ['a Link header alone', next, 3],
] as const)('Gitea tells by %s', (_, headers, calls) => {
  const pages = [['a', 'b'], ['skip'], []]
  const { queries } = list(giteaPages, ({ query }) => {
    const page = Number(query?.['page'] ?? '1')
    return { body: pages[page - 1], headers: page < 3 ? headers : { 'x-total-count': '3' } }
  })
  expect(queries.length).toBeLessThanOrEqual(calls)
  expect(queries[0]).toBe('state=open&limit=50')
})

test('a token of Bitbucket Cloud is given back as it was', () => {
  const { items, queries } = list(bitbucketCloudPages, ({ query }) =>
    query?.['page'] === undefined
      ? { body: { values: ['a'], next: 'https://evil.example.com/?x=1&page=t%2Fo%3D' } }
      : { body: { values: ['b'], next: 'no URL' } },
  )
  expect(items).toEqual(['a', 'b'])
  expect(queries[1]).toBe('state=open&pagelen=100&page=t%2Fo%3D')
})

test.each([
  [bitbucketDataCenterPages, (page: object) => page],
  [bitbucketFolderPages, (page: object) => ({ path: {}, children: page })],
])('Data Center tells where the next page starts', (style, wrap) => {
  const { items, queries } = list(style, ({ query }) => ({
    body: wrap(
      query?.['start'] === undefined
        ? { values: ['a'], isLastPage: false, nextPageStart: 17 }
        : { values: ['b'], isLastPage: true, nextPageStart: null },
    ),
  }))
  expect(items).toEqual(['a', 'b'])
  expect(queries[1]).toBe('state=open&limit=500&start=17')
})

test.each([
  ['more than the limit', { body: ['a', 'b', 'c'] }, 2, { items: ['a', 'b'], isComplete: false, status: 200 }],
  ['as many as the limit', { body: ['a', 'b'] }, 2, { items: ['a', 'b'], isComplete: true, status: 200 }],
  ['a page that is too large', { status: 413 }, 2, { items: [], isComplete: false, status: 413 }],
  ['nothing there', { status: 404 }, 2, { items: [], isComplete: true, status: 404 }],
  ['a refusal', { status: 403 }, 2, { items: [], isComplete: false, status: 403 }],
])('%s', (...[, answer, limit, wanted]) => {
  expect(list(wholeList, () => answer, limit)).toMatchObject(wanted)
})

test('a forge that gives empty pages without end is left at last', () => {
  const { isComplete, queries } = list(hubPages, () => ({ body: [], headers: next }))
  expect(isComplete).toBe(false)
  expect(queries).toHaveLength(100)
})

test('what is no list is a problem, unless it may be', () => {
  const call: ForgeCall = { method: 'GET', path: '/list' }
  const answer = () => ({ body: { type: 'file' } })
  expect(() => converseWith(readPages({ call, style: hubPages, read, limit: 1 }), answer)).toThrow(/has no list/)
  const other = { call, style: hubPages, read, limit: 1, mayBeOther: true } as const
  expect(converseWith(readPages(other), answer).result.items).toEqual([])
})
