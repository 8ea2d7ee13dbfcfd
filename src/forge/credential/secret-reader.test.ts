import { expect, test } from 'vitest'
import { FakeKube } from '../../../test/helpers/fake-kube.ts'
import { toSecret } from '../../../test/helpers/forge-exchange.ts'
import { KubeError } from '../../kube/kube-error.ts'
import type { KubeReader } from '../../kube/ports.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import { createSecretReader } from './secret-reader.ts'

const key = { namespace: 'team', name: 'auth' }

async function openWorld() {
  const kube = new FakeKube()
  await kube.create(resourceTypes.secret, toSecret({ token: 'first' }))
  const clock = { at: 0 }
  const reads = { count: 0, fault: undefined as Error | undefined }
  const reader: KubeReader = {
    get: async (type, wanted) => {
      reads.count += 1
      if (reads.fault !== undefined) throw reads.fault
      return await kube.get(type, wanted)
    },
    getMetadata: (type, wanted) => kube.getMetadata(type, wanted),
    list: (type, options) => kube.list(type, options),
  }
  const read = createSecretReader({ reader, clock: { now: () => clock.at } })
  const change = (token: string) => kube.patch(resourceTypes.secret, key, { data: toData(token) })
  return { kube, clock, reads, change, read: () => read(key, 'github') }
}

const toData = (token: string) => ({ token: Buffer.from(token).toString('base64') })

test('a Secret is read once in ten seconds, and a change counts then', async () => {
  const { clock, reads, change, read } = await openWorld()
  expect(await Promise.all([read(), read()])).toEqual([
    { kind: 'token', token: 'first' },
    { kind: 'token', token: 'first' },
  ])
  await change('second')
  clock.at = 9999
  expect(await read()).toEqual({ kind: 'token', token: 'first' })
  clock.at = 10_000
  expect(await read()).toEqual({ kind: 'token', token: 'second' })
  expect(reads.count).toBe(2)
})

test('a clock that is set back keeps nothing', async () => {
  const { clock, reads, read } = await openWorld()
  clock.at = 1_000_000
  await read()
  clock.at = 0
  await read()
  expect(reads.count).toBe(2)
})

test('a Secret that is missing is named, and looked for again', async () => {
  const { kube, read } = await openWorld()
  await kube.remove(resourceTypes.secret, key)
  await expect(read()).rejects.toMatchObject({
    kind: 'forbidden',
    message: 'Secret auth of spec.authSecretRef does not exist: create it',
  })
  await kube.create(resourceTypes.secret, toSecret({ token: 'again' }))
  expect(await read()).toEqual({ kind: 'token', token: 'again' })
})

test.each([
  [503, 'unavailable'],
  [403, 'forbidden'],
])('an API server that answers %i makes it %s', async (status, kind) => {
  const { reads, read } = await openWorld()
  reads.fault = new KubeError('read secrets team/auth', { status, reason: 'No', detail: 'no' })
  await expect(read()).rejects.toMatchObject({ kind, message: expect.stringContaining('Secret auth') })
})
