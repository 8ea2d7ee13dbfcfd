import { expect, test } from 'vitest'
import { openTestForge, playForge } from '../../test/helpers/forge-exchange.ts'
import { type Forge, ForgeError } from './forge.ts'

const repository = 'https://git.example.com/org/app'
const commit = 'c5b97d5ae6c19d5c5df71a34c7fbeeda2479ccbc'

/** The same repository by Git; notes what it is asked. */
function playGit(fault?: Error) {
  const asked: string[] = []
  const answer =
    <T>(name: string, value: T) =>
    async (): Promise<T> => {
      asked.push(name)
      return value
    }
  const forge = {
    provider: 'generic',
    readPipelineFiles: answer('files', [{ path: '.c8s.yaml', text: 'by git' }]),
    listChanges: answer('changes', ['a']),
    listHeads: answer('heads', { heads: [] }),
  } as unknown as Forge
  const openGit = async (): Promise<Forge> => {
    asked.push('open')
    if (fault !== undefined) throw fault
    return forge
  }
  return { asked, forge, openGit }
}

test('a generic repository is reached by Git alone', async () => {
  const { forge, openGit } = playGit()
  const opened = await openTestForge({ spec: { provider: 'generic', repository }, deps: { openGit } })
  expect(opened).toBe(forge)
})

test.each([
  ['an ssh-key', { 'ssh-key': 'PEM' }, 'Secret auth has an ssh-key, which is for Git alone, and no key token'],
  ['no Secret', undefined, 'RepositoryConnection web has no spec.authSecretRef'],
])('with %s the API is asked first, and Git where it gives nothing away', async (...[, secret, problem]) => {
  const at = `/api/v1/repos/org/app`
  const server = await playForge([
    { ask: `GET ${at}/git/trees/${commit}`, status: 404 },
    { ask: `GET ${at}/compare/a...b?verification=false`, status: 404 },
    { ask: `GET ${at}/compare/b...a?verification=false&files=false`, status: 404 },
    { ask: `GET ${at}`, json: { default_branch: 'main' } },
    { ask: `GET ${at}/branches?limit=50`, json: [] },
  ])
  try {
    const { asked, openGit } = playGit()
    const spec = { provider: 'gitea', repository: `${server.url}/org/app` } as const
    const forge = await openTestForge({ spec, deps: { openGit }, ...(secret === undefined ? {} : { secret }) })
    expect(await forge.readPipelineFiles(commit)).toEqual([{ path: '.c8s.yaml', text: 'by git' }])
    expect(await forge.listChanges({ kind: 'push', before: 'a', commit: 'b' })).toEqual(['a'])
    expect(await forge.listHeads()).toEqual({ defaultBranch: 'main', heads: [] })
    expect(asked).toEqual(['open', 'files', 'changes'])
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(Array.from(server.seen, () => undefined))
    await expect(forge.ensureWebhook({ url: 'https://x', secret: 'y' })).rejects.toThrow(problem)
    expect(server.listDifferences()).toEqual([])
  } finally {
    await server.close()
  }
})

test('what Git says no to is said', async () => {
  const server = await playForge([{ ask: `GET /api/v1/repos/org/app/git/trees/${commit}`, status: 403 }])
  try {
    const { openGit } = playGit(new ForgeError('forbidden', 'git may not'))
    const spec = { provider: 'gitea', repository: `${server.url}/org/app` } as const
    const forge = await openTestForge({ spec, deps: { openGit } })
    await expect(forge.readPipelineFiles(commit)).rejects.toThrow('git may not')
  } finally {
    await server.close()
  }
})

test.each([
  ['https://user:pw@h/a/b', /^spec\.repository holds a credential/],
  ['https://github.com/app', /^spec\.repository does not name an owner and a repository/],
])('%s is no repository to open', async (wrong, message) => {
  const opened = openTestForge({ spec: { provider: 'github', repository: wrong }, secret: { token: 'x' } })
  await expect(opened).rejects.toMatchObject({ kind: 'refused', message: expect.stringMatching(message) })
})

test('a Secret that is missing stops the opening', async () => {
  const opened = openTestForge({ spec: { provider: 'github', repository, authSecretRef: 'gone' } })
  await expect(opened).rejects.toMatchObject({ kind: 'forbidden', message: expect.stringContaining('Secret gone') })
})

test('loopback is for tests that ask for it', async () => {
  const server = await playForge([])
  try {
    const spec = { provider: 'gitea', repository: `${server.url}/org/app` } as const
    const forge = await openTestForge({ spec, secret: { token: 'x' }, deps: { allowLoopback: false } })
    await expect(forge.listHeads()).rejects.toMatchObject({ kind: 'refused' })
    expect(server.seen).toEqual([])
  } finally {
    await server.close()
  }
})
