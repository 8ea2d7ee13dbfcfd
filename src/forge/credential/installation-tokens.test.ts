import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { createInstallationTokens, type SendAs } from './installation-tokens.ts'

const pem = () =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const installation = {
  base: 'https://api.github.com',
  appId: '4711',
  installationId: '815',
  privateKey: pem(),
  repository: 'app',
  secretName: 'auth',
}
const minute = 60_000

/** GitHub, which gives a new token each time, good for an hour. */
function playGithub() {
  const clock = { at: Date.parse('2026-11-21T14:00:00Z') }
  const asked: string[] = []
  const fail: { with?: Error } = {}
  const send: SendAs = async ({ header, secrets }, call) => {
    asked.push(`${call.method} ${call.path} ${JSON.stringify(call.body)}`)
    expect(header).toBe(`Bearer ${secrets[0]}`)
    if (fail.with !== undefined) throw fail.with
    const body = { token: `ghs_${asked.length}`, expires_at: new Date(clock.at + 60 * minute).toISOString() }
    return { status: 201, headers: {}, body }
  }
  const tokens = createInstallationTokens({ now: () => clock.at })
  return { clock, asked, fail, tokens, read: (of = installation) => tokens.read(of, send) }
}

test('a token is exchanged once, however many ask, until five minutes before its end', async () => {
  const { clock, asked, read } = playGithub()
  expect(await Promise.all([read(), read(), read()])).toEqual(['ghs_1', 'ghs_1', 'ghs_1'])
  expect(asked).toEqual(['POST /app/installations/815/access_tokens {"repositories":["app"]}'])
  clock.at += 54 * minute
  expect(await read()).toBe('ghs_1')
  clock.at += minute
  expect(await Promise.all([read(), read()])).toEqual(['ghs_2', 'ghs_2'])
  expect(asked).toHaveLength(2)
})

test('a token is for one repository, and for one key', async () => {
  const { read } = playGithub()
  expect(await read()).toBe('ghs_1')
  expect(await read({ ...installation, repository: 'other' })).toBe('ghs_2')
  expect(await read({ ...installation, privateKey: pem() })).toBe('ghs_3')
  expect(await read({ ...installation, base: 'https://ghe.example.com/api/v3' })).toBe('ghs_4')
  expect(await read()).toBe('ghs_1')
})

test('what failed is tried again', async () => {
  const { fail, read } = playGithub()
  fail.with = new Error('later')
  await expect(read()).rejects.toThrow('later')
  delete fail.with
  expect(await read()).toBe('ghs_2')
})

test('a token that the forge refused is not given out again', async () => {
  const { tokens, read } = playGithub()
  const token = await read()
  tokens.forget('another')
  expect(await read()).toBe(token)
  tokens.forget(token)
  await expect.poll(() => read()).toBe('ghs_2')
})

test.each([
  [{ privateKey: 'hunter2hunter2' }, 'key private-key of Secret auth is no private RSA key in PEM'],
  [{ appId: '../x' }, 'key app-id of Secret auth is no id as GitHub gives them'],
  [{ installationId: '8/15' }, 'key installation-id of Secret auth is no id as GitHub gives them'],
])('what is wrong in the Secret is named, not shown: case %#', async (wrong, message) => {
  const { asked, read } = playGithub()
  await expect(read({ ...installation, ...wrong })).rejects.toMatchObject({ kind: 'forbidden', message })
  expect(asked).toEqual([])
})
