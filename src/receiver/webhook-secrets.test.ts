import { expect, test } from 'vitest'
import { FakeKube } from '../../test/helpers/fake-kube.ts'
import { FakeTimers } from '../../test/helpers/fake-timers.ts'
import { KubeError } from '../kube/kube-error.ts'
import type { KubeObject } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { createWebhookSecrets } from './webhook-secrets.ts'

const key = { namespace: 'team-a', name: 'hook' }
const encode = (text: string) => Buffer.from(text).toString('base64')
const aHook = (current: string, previous = ''): KubeObject => {
  const data = { 'webhook-secret': encode(current), 'webhook-secret-previous': encode(previous) }
  const secret = { metadata: key, data }
  return secret
}

async function start(secret = aHook('one')) {
  let isAway = false
  const before = () => {
    if (isAway) throw new KubeError('read', { status: 0, reason: 'ConnectionFailed', detail: 'away' })
  }
  const kube = new FakeKube({ before })
  await kube.create(resourceTypes.secret, secret)
  const timers = new FakeTimers()
  const countReads = () => kube.requests.filter(({ verb }) => verb === 'read').length
  const setAway = (value: boolean) => {
    isAway = value
  }
  return { kube, timers, secrets: createWebhookSecrets(kube, timers), countReads, setAway }
}

test('a Secret is read once in 10 s, however many ask', async () => {
  const { secrets, timers, countReads } = await start(aHook('one', 'zero'))
  expect(await Promise.all([secrets.read(key), secrets.read(key)])).toEqual([
    ['one', 'zero'],
    ['one', 'zero'],
  ])
  await timers.advance(9999)
  await secrets.read(key)
  expect(countReads()).toBe(1)
  await timers.advance(1)
  await secrets.read(key)
  expect(countReads()).toBe(2)
})

test('for what does not verify it is read anew, once a second', async () => {
  const { kube, secrets, timers, countReads } = await start()
  await secrets.read(key)
  expect(await secrets.reread(key)).toBeUndefined()
  await kube.replace(resourceTypes.secret, aHook('two'))
  await timers.advance(1000)
  expect(await Promise.all([secrets.reread(key), secrets.reread(key)])).toEqual([['two'], undefined])
  expect(await secrets.read(key)).toEqual(['two'])
  expect(countReads()).toBe(2)
})

test('what does not exist has no values, and that is remembered too', async () => {
  const { secrets, countReads } = await start()
  const other = { namespace: 'team-a', name: 'other' }
  expect([await secrets.read(other), await secrets.read(other)]).toEqual([[], []])
  expect(countReads()).toBe(1)
})

test('a failure is not remembered', async () => {
  const { secrets, setAway } = await start()
  setAway(true)
  await expect(secrets.read(key)).rejects.toThrow('away')
  setAway(false)
  expect(await secrets.read(key)).toEqual(['one'])
})
