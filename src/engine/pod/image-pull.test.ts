import { expect, test } from 'vitest'
import { judgePull } from './image-pull.ts'

const start = 'image "node:24" cannot be pulled'

test.each([
  {
    name: 'what may be either says so',
    message: 'pull access denied, repository does not exist or may require authorization: server message',
    want: {
      message: expect.stringContaining('does not exist in the registry, or the registry denies'),
      isDefinite: true,
    },
  },
  {
    name: 'a wrong credential, in the words of the registry',
    message: 'failed to pull and unpack image "r/node:24": failed to resolve reference "r/node:24": 401 Unauthorized',
    want: { message: `${start}: the registry denies access (401 Unauthorized)`, isDefinite: true },
  },
  {
    name: 'a registry that wants fewer pulls, though it speaks of unauthorized ones',
    message: '429 Too Many Requests - toomanyrequests: you have reached your unauthorized pull rate limit',
    want: { message: expect.stringContaining('takes no more pulls for now (429 Too Many'), isDefinite: false },
  },
  {
    name: 'and says only its code',
    message: 'httpReadSeeker: failed open: unexpected status code https://r/v2/x: status 429',
    want: { isDefinite: false },
  },
  { name: 'a registry in trouble', message: '503 Service Unavailable', want: { isDefinite: false } },
  { name: 'a registry that is away', message: 'dial tcp: i/o timeout', want: { isDefinite: false } },
  {
    name: 'a back-off that no longer says why keeps to what was told: for now',
    message: 'Back-off pulling image "node:24"',
    lastMessage: `${start}: the registry takes no more pulls for now (toomanyrequests)`,
    want: { message: `${start}: the registry takes no more pulls for now (toomanyrequests)`, isDefinite: false },
  },
  {
    name: 'or for good',
    message: 'Back-off pulling image "node:24"',
    lastMessage: `${start}: the registry denies access (401)`,
    want: { message: `${start}: the registry denies access (401)`, isDefinite: true },
  },
  {
    name: 'and to nothing that was said of something else',
    message: 'Back-off pulling image "node:24"',
    lastMessage: 'no node can take the pod',
    want: { message: start, isDefinite: false },
  },
])('$name', ({ message, lastMessage, want }) => {
  expect(judgePull({ image: 'node:24', message, lastMessage })).toMatchObject(want)
})

test('an image whose name holds the words of a registry is judged by what the registry says', () => {
  const image = 'registry.example/forbidden:429'
  expect(judgePull({ image, message: `${image}: not found` }).isDefinite).toBe(true)
  expect(
    judgePull({ image, message: `failed to resolve reference "${image}": ${image}: 503 Service Unavailable` }),
  ).toEqual({ message: `image "${image}" cannot be pulled: 503 Service Unavailable`, isDefinite: false })
})
