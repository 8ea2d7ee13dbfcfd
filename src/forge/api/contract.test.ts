import { generateKeyPairSync } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestForge } from '../../../test/helpers/forge-exchange.ts'
import type { Timers } from '../../kube/timers.ts'
import { systemTimers } from '../../kube/timers.ts'
import type { Provider } from '../../lib/forge-event.ts'
import type { Forge } from '../forge.ts'

/** What has to be so at every forge, whichever calls it takes. */

const commit = 'c5b97d5ae6c19d5c5df71a34c7fbeeda2479ccbc'
const pullRequest = { number: 7, title: '', isFork: false, commit, branch: 'a', targetBranch: 'main' }
const report = { commit, context: 'c8s/build', state: 'success', description: 'done' } as const

type Act = (forge: Forge) => Promise<unknown>
const reads: Readonly<Record<string, Act>> = {
  readPipelineFiles: (forge) => forge.readPipelineFiles(commit, pullRequest),
  listChanges: (forge) => forge.listChanges({ kind: 'push', before: commit, commit }),
  'listChanges of a pull request': (forge) =>
    forge.listChanges({ kind: 'pullRequest', number: 7, commit, targetBranch: 'main' }),
  readPullRequest: (forge) => forge.readPullRequest(7),
  readCommitMessage: async (forge) => forge.readCommitMessage?.(commit),
  canWrite: (forge) => forge.canWrite('7'),
  listHeads: (forge) => forge.listHeads(),
  listOpenPullRequests: (forge) => forge.listOpenPullRequests(),
}
const tells: Readonly<Record<string, Act>> = {
  report: (forge) => forge.report(report),
  upsertComment: (forge) => forge.upsertComment(7, '<!-- c8s -->', 'text'),
  ensureWebhook: (forge) => forge.ensureWebhook({ url: 'https://ci.example.com/hook', secret: 'hook-s3cr3t' }),
}
const acts = { ...reads, ...tells }

interface Member {
  readonly provider: Exclude<Provider, 'generic'>
  readonly at: (url: string) => { readonly repository: string; readonly apiURL?: string }
  readonly secret: Readonly<Record<string, string>>
}
const members: Readonly<Record<string, Member>> = {
  github: { provider: 'github', at: (url) => ({ repository: `${url}/org/app` }), secret: { token: 'ghp-S3cr3t' } },
  gitlab: { provider: 'gitlab', at: (url) => ({ repository: `${url}/org/app` }), secret: { token: 'glpat-S3cr3t' } },
  gitea: {
    provider: 'gitea',
    at: (url) => ({ repository: `${url}/org/app` }),
    secret: { username: 'bot', password: 'pa ss/S3cr3t' },
  },
  'bitbucket cloud': {
    provider: 'bitbucket',
    at: (apiURL) => ({ repository: 'https://bitbucket.org/org/app', apiURL }),
    secret: { username: 'bot', password: 'ATATT-S3cr3t' },
  },
  'bitbucket data center': {
    provider: 'bitbucket',
    at: (url) => ({ repository: `${url}/scm/org/app` }),
    secret: { token: 'BBDC-S3cr3t' },
  },
}

let url = ''
let listener: RequestListener = (_, response) => response.end()
let count = 0
const server = createServer((request, response) => {
  count += 1
  listener(request, response)
})
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

function answerAlways(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  listener = (_, response) => {
    response.writeHead(status, headers)
    response.end(JSON.stringify(body))
  }
}

/** Waits between attempts are over at once. */
const hasty: Timers = { ...systemTimers, after: (ms, callback) => systemTimers.after(ms > 2000 ? ms : 0, callback) }

function open({ provider, at, secret }: Member, isAnonymous = false) {
  const deps = { timers: hasty }
  return openTestForge({ spec: { provider, ...at(url) }, deps, ...(isAnonymous ? {} : { secret }) })
}

const rows = (of: Readonly<Record<string, Act>>) => Object.entries(of)

describe.each(Object.entries(members))('%s', (_, member) => {
  test.each(rows(acts))('%s asks to wait where the forge does', async (_name, act) => {
    answerAlways(429, { message: 'slow down' }, { 'retry-after': '17' })
    await expect(act(await open(member))).rejects.toMatchObject({ kind: 'rateLimited', retryAfterMs: 17_000 })
  })

  test.each(rows(tells))('%s says that the credential may not', async (_name, act) => {
    answerAlways(401, { message: 'Bad credentials' })
    await expect(act(await open(member))).rejects.toMatchObject({ kind: 'forbidden' })
  })

  test.each(rows(acts))('%s follows no redirect', async (name, act) => {
    answerAlways(302, {}, { location: `${url}/elsewhere` })
    count = 0
    const got = await act(await open(member)).catch((error: unknown) => error)
    if (name.startsWith('listChanges')) expect(got).toBeUndefined()
    else expect(got).toMatchObject({ kind: 'refused', message: expect.stringContaining('302') })
    expect(count).toBeLessThanOrEqual(2)
  })

  test.each(rows(acts))('%s takes nonsense for a forge that is not well', async (name, act) => {
    answerAlways(200, { nonsense: true })
    const got = await act(await open(member)).catch((error: unknown) => error)
    if (got instanceof Error) expect(got).toMatchObject({ kind: expect.stringMatching(/unavailable|notFound/) })
    else expect(name).toMatch(/^(listChanges|report|canWrite|readCommitMessage|readPipelineFiles|listHeads)/)
  })

  test('nobody knows a commit that is not there, or a repository that is hidden', async () => {
    answerAlways(404, { message: 'Not Found' })
    await expect(acts['readPipelineFiles']?.(await open(member))).rejects.toMatchObject({ kind: 'notFound' })
  })

  test.each(rows(tells))('%s needs a credential, and says so without a call', async (_name, act) => {
    count = 0
    await expect(act(await open(member, true))).rejects.toMatchObject({
      kind: 'forbidden',
      message: 'RepositoryConnection web has no spec.authSecretRef: nothing can be told to the forge without one',
    })
    expect(count).toBe(0)
  })

  test('whether somebody may write is unknown without a credential', async () => {
    count = 0
    expect(await (await open(member, true)).canWrite('ada')).toBeUndefined()
    expect(count).toBe(0)
  })

  test('no error shows a credential, though the forge gives back all that it got', async () => {
    listener = (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const echo = `${request.headers.authorization} ${Buffer.concat(chunks).toString()}`
        response.writeHead(echoStatus, { location: `https://h/${encodeURIComponent(echo)}` })
        response.end(echoAsJson ? JSON.stringify({ message: echo, errors: [{ message: echo }] }) : echo)
      })
    }
    const forge = await open(member)
    const statuses = [200, 302, 400, 401, 403, 404, 409, 422, 500, 503]
    for (const [status, asJson] of statuses.flatMap((each) => [[each, true] as const, [each, false] as const])) {
      echoStatus = status
      echoAsJson = asJson
      const all = await Promise.allSettled(Object.values(acts).map((act) => act(forge)))
      const reasons = all.flatMap((got) => (got.status === 'rejected' ? [got.reason as Error] : []))
      const shown = reasons.map((reason) => `${reason.message} ${reason.stack} ${JSON.stringify(reason)}`).join('\n')
      expect(shown).not.toMatch(/S3cr3t|s3cr3t/)
      expect(shown).not.toContain(Buffer.from(`bot:${member.secret['password']}`).toString('base64'))
    }
  })
})

let echoStatus = 400
let echoAsJson = true

test('a token of an app that the forge refuses is exchanged anew', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  let exchanged = 0
  listener = (request, response) => {
    const isExchange = request.url?.endsWith('/access_tokens') === true
    if (isExchange) exchanged += 1
    response.writeHead(isExchange || request.headers.authorization === 'Bearer ghs_2' ? 200 : 401)
    response.end(JSON.stringify({ token: `ghs_${exchanged}`, expires_at: '2026-11-21T15:00:00Z', permission: 'write' }))
  }
  const spec = { provider: 'github', repository: `${url}/org/app` } as const
  const secret = { 'app-id': '4711', 'installation-id': '815', 'private-key': pem }
  const forge = await openTestForge({ spec, secret })
  await expect(forge.readPullRequest(1)).rejects.toMatchObject({ kind: 'forbidden' })
  await expect.poll(() => forge.canWrite('ada').catch(() => undefined)).toBe(true)
  expect(exchanged).toBe(2)
})
