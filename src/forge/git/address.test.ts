import { describe, expect, it } from 'vitest'
import { parseRepository } from '../../lib/repository.ts'
import { findAddresses, isReachableAddress } from './address.ts'

describe('isReachableAddress', () => {
  it.each([
    '127.0.0.1',
    '127.1.2.3',
    '0.0.0.0',
    '169.254.169.254',
    '224.0.0.1',
    '255.255.255.255',
    '100.100.100.200',
    '::1',
    '::',
    'fe80::1',
    'ff02::1',
    'fd00:ec2::254',
    '::ffff:127.0.0.1',
    '::ffff:169.254.169.254',
    'localhost',
    '',
  ])('refuses %j', (address) => {
    expect(isReachableAddress(address)).toBe(false)
  })

  it.each(['10.0.0.1', '192.168.1.1', '172.16.0.1', '203.0.113.7', '100.64.0.1', '2001:db8::1', 'fd12::1'])(
    'lets %s be',
    (address) => {
      expect(isReachableAddress(address)).toBe(true)
    },
  )
})

describe('findAddresses', () => {
  const find = (text: string, environment: Record<string, string>, resolved: readonly string[]) => {
    const parsed = parseRepository(text)
    if ('problem' in parsed) throw new Error(parsed.problem)
    return findAddresses({ environment, resolve: () => Promise.resolve(resolved) }, parsed.url)
  }

  it('answers all addresses of a name, and none where one of them is refused', async () => {
    expect(await find('https://h/x', {}, ['192.0.2.1', '192.0.2.2'])).toEqual(['192.0.2.1', '192.0.2.2'])
    await expect(find('https://h/x', {}, ['192.0.2.1', '127.0.0.1'])).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(find('https://h/x', {}, [])).rejects.toMatchObject({ kind: 'forbidden' })
  })

  it('leaves names to a proxy, but not addresses', async () => {
    const proxy = { https_proxy: 'http://proxy:3128' }
    expect(await find('https://h/x', proxy, ['127.0.0.1'])).toEqual([])
    await expect(find('http://h/x', proxy, ['127.0.0.1'])).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(find('ssh://git@h/x', proxy, ['127.0.0.1'])).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(find('https://[::1]/x', proxy, ['::1'])).rejects.toMatchObject({ kind: 'forbidden' })
  })
})
