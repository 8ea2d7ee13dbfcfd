import type { LookupAddress } from 'node:dns'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { systemTimers } from '../../kube/timers.ts'
import { createForgeHttp } from './client.ts'
import type { LookupAll } from './guarded-lookup.ts'

const call = { method: 'GET', path: '/secret' } as const

function openClient(lookup: LookupAll, allowLoopback = false) {
  const http = createForgeHttp({ clock: { now: () => 0 }, timers: systemTimers, allowLoopback, lookup })
  const target = { authorization: 'Bearer topsecret', secrets: ['topsecret'] }
  return (base: string) => http.send({ ...target, base }, call, systemTimers.now() + 3000)
}

/** DNS with the given answers, one after the other. */
function resolveTo(...answers: readonly (readonly string[])[]): LookupAll {
  let count = 0
  return (_, __, callback) => {
    const addresses = answers[Math.min(count, answers.length - 1)] ?? []
    count += 1
    const found = addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 }))
    callback(null, found)
  }
}

const noLookup: LookupAll = () => {
  throw new Error('there was a lookup')
}

test.each([
  'http://127.0.0.1',
  'http://127.1',
  'http://2130706433',
  'http://0x7f000001',
  'http://0x7f.1',
  'http://0177.0.0.1',
  'http://017700000001',
  'http://0',
  'http://0.0.0.0:8080',
  'http://169.254.169.254',
  'http://2852039166',
  'http://0xA9FEA9FE',
  'http://[::1]',
  'http://[::]',
  'http://[::ffff:127.0.0.1]',
  'http://[::ffff:a9fe:a9fe]',
  'http://[64:ff9b::169.254.169.254]',
  'https://[fe80::1]',
  'http://[fd00:ec2::254]',
  'http://100.100.100.200',
])('%s is refused before there is a connection', async (base) => {
  await expect(openClient(noLookup)(base)).rejects.toMatchObject({
    kind: 'refused',
    message: expect.stringContaining('an address that c8s does not connect to'),
  })
})

test.each([
  ['a name of the metadata service', ['169.254.169.254']],
  ['a name with one good address', ['140.82.121.3', '169.254.169.254']],
  ['a mapped address', ['::ffff:169.254.169.254']],
  ['a name of this machine', ['127.0.0.1', '::1']],
])('%s is refused', async (_, addresses) => {
  await expect(openClient(resolveTo(addresses))('http://forge.example.com')).rejects.toMatchObject({
    kind: 'refused',
    message: `GET forge.example.com/secret: forge.example.com is ${addresses.find((each) => each !== '140.82.121.3')}, an address that c8s does not connect to; check spec.repository and spec.apiURL`,
  })
})

test('the connection goes to what the one lookup gave', async () => {
  const server = createServer((_, response) => response.end('{}'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    const send = openClient(resolveTo(['127.0.0.1'], ['169.254.169.254']), true)
    expect(await send(`http://forge.example.com:${port}`)).toMatchObject({ status: 200 })
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('a name without an address is said to have none', async () => {
  const lookup: LookupAll = (hostname, _, callback) => {
    callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), [])
  }
  const asked = openClient(lookup)('http://forge.example.com')
  await expect(asked).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringContaining('ENOTFOUND') })
})
