import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { RawDelivery } from '../../src/lib/forge-event.ts'
import { findRepositoryHints } from '../../src/vcs/incoming/hints.ts'
import { incomingProviders } from '../../src/vcs/incoming/registry.ts'
import { readDocPage } from '../helpers/doc-pages.ts'

/** The scripts of docs/generic-deliveries.md, run as they stand there: openssl signs, curl sends, our code verifies. */

const page = readDocPage('docs/generic-deliveries.md')
const [example = '', hook = ''] = [...page.text.matchAll(/^```sh\n(?<script>.*?)^```$/gms)].map(([, script]) => script)
const secret = 'a secret with "quotes" and $pace'
const repository = 'https://git.example.com/team/web'
const received: RawDelivery[] = []
const folder = mkdtempSync(join(tmpdir(), 'c8s-webhooks-'))

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    if (request.method === 'POST' && request.url === '/webhooks/generic') {
      received.push({ headers, body: Buffer.concat(chunks) })
    }
    response.end('{}')
  })
})

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
})
beforeEach(() => received.splice(0))

const environment = () => ({
  PATH: process.env['PATH'],
  HOME: folder,
  WEBHOOK_SECRET: secret,
  C8S_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  REPOSITORY_URL: repository,
  NO_PROXY: '127.0.0.1',
})

/** Fails with what it wrote where it does not end well. */
async function run(command: string, args: readonly string[], cwd = folder): Promise<void> {
  const child = spawn(command, args, { cwd, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`${command} ended with ${String(code)}: ${output}`)
}

function readEvents() {
  const generic = incomingProviders.find(({ id }) => id === 'generic')
  return received.map((delivery) => {
    expect(generic?.verify(delivery, secret, 0)).toBe(true)
    expect(generic?.verify(delivery, `${secret} `, 0)).toBe(false)
    expect(findRepositoryHints(delivery)).toEqual([repository])
    const parsed = generic?.parse(delivery)
    if (parsed?.kind !== 'event') throw new Error(`a delivery came to ${JSON.stringify(parsed)}`)
    return parsed.events[0]
  })
}

test('the page has the two scripts', () => {
  expect(example).toContain('openssl')
  expect(hook).toMatch(/^#!\/bin\/sh\n/)
})

test('the example is verified and understood', async () => {
  await run('sh', ['-euc', example])
  expect(readEvents()).toMatchObject([
    { kind: 'push', ref: { kind: 'branch', name: 'main' }, commit: '9a8b7c6d5e4f30211203f4e5d6c7b8a999887766' },
  ])
})

test('the hook tells each branch and tag that is pushed', async () => {
  const bare = join(folder, 'web.git')
  const work = join(folder, 'work')
  await run('git', ['init', '-q', '--bare', bare])
  await run('git', ['init', '-q', '-b', 'main', work])
  writeFileSync(join(bare, 'hooks/post-receive'), hook)
  chmodSync(join(bare, 'hooks/post-receive'), 0o755)
  const git = (...args: readonly string[]) =>
    run('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], work)
  await git('commit', '-q', '--allow-empty', '-m', 'One')
  await git('push', '-q', bare, 'HEAD:refs/heads/main')
  await git('commit', '-q', '--allow-empty', '-m', 'Two')
  await git('tag', '-a', 'v1', '-m', 'First')
  await git('push', '-q', bare, 'HEAD:refs/heads/main', 'HEAD:refs/heads/a/"quoted"', 'v1', 'HEAD:refs/notes/x')
  await git('push', '-q', bare, ':refs/heads/a/"quoted"', ':refs/tags/v1')

  const show = (name: string) => spawnSync('git', ['rev-parse', name], { cwd: work, encoding: 'utf8' }).stdout.trim()
  const [one, two] = [show('HEAD~1'), show('HEAD')]
  const events = readEvents()
  expect(events[0]).toEqual({
    kind: 'push',
    delivery: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as unknown,
    name: 'push',
    ref: { kind: 'branch', name: 'main' },
    commit: one,
  })
  const told = events.slice(1).map((event) => ({ ...event, delivery: undefined }))
  const quoted = { kind: 'branch', name: 'a/"quoted"' }
  expect(told).toHaveLength(5)
  expect(told).toEqual(
    expect.arrayContaining([
      { kind: 'push', name: 'push', ref: { kind: 'branch', name: 'main' }, before: one, commit: two },
      { kind: 'push', name: 'push', ref: quoted, commit: two },
      // The annotated tag tells the commit that it names.
      { kind: 'push', name: 'tag', ref: { kind: 'tag', name: 'v1' }, commit: two },
      { kind: 'deletion', name: 'deletion', ref: quoted },
      { kind: 'deletion', name: 'deletion', ref: { kind: 'tag', name: 'v1' } },
    ]),
  )
})
