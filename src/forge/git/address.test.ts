import { describe, expect, it } from 'vitest'
import { parseRepository } from '../../lib/repository.ts'
import { findAddresses } from './address.ts'

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

  it('judges names that are reached past the proxy', async () => {
    const proxy = { http_proxy: 'http://proxy:3128', no_proxy: 'localhost, .svc,git.test.' }
    for (const host of ['localhost', 'LOCALHOST.', 'a.svc', 'svc', 'git.test', 'on.git.test'])
      await expect(find(`http://${host}/x`, proxy, ['127.0.0.1'])).rejects.toMatchObject({ kind: 'forbidden' })
    expect(await find('http://nosvc/x', proxy, ['127.0.0.1'])).toEqual([])
    const all = { http_proxy: 'http://proxy:3128', NO_PROXY: '*' }
    await expect(find('http://h/x', all, ['127.0.0.1'])).rejects.toMatchObject({ kind: 'forbidden' })
  })
})
