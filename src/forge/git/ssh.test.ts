import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeKube } from '../../../test/helpers/fake-kube.ts'
import { GitRepository } from '../../../test/helpers/git-repository.ts'
import { systemTimers } from '../../kube/timers.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import { createOpenGitForge } from './open.ts'

/** In the place of ssh: notes how it was called and what it was given, and runs the other side here. */
const fakeSsh = (root: string) => `#!/bin/sh
echo "$@" > ${root}/called
cp -r "$(dirname "$2")" ${root}/home
for last; do :; done
path=$(echo "$last" | sed "s/.*'\\(.*\\)'.*/\\1/")
exec git-upload-pack "${root}$path"
`

let root: string
let repository: GitRepository
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'c8s-git-ssh-test-'))
  repository = new GitRepository(join(root, 'app.git'))
  for (const name of ['bin', 'tmp']) mkdirSync(join(root, name))
  writeFileSync(join(root, 'bin/ssh'), fakeSsh(root))
  chmodSync(join(root, 'bin/ssh'), 0o755)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('a repository over ssh', () => {
  it('is read with the key and the known hosts of the Secret, which stay nowhere', async () => {
    const kube = new FakeKube()
    const encode = (text: string) => Buffer.from(text).toString('base64')
    const data = { 'ssh-key': encode('-----KEY-----\n'), known_hosts: encode('forge.example.com ssh-ed25519 AAAA\n') }
    await kube.create(resourceTypes.secret, { metadata: { namespace: 'team', name: 'auth' }, data } as object as never)
    const commit = repository.commit('main', { '.c8s.yaml': 'a\n' })
    const openForge = createOpenGitForge({
      reader: kube,
      environment: { PATH: `${join(root, 'bin')}:${process.env['PATH']}` },
      timers: systemTimers,
      temporaryFolder: join(root, 'tmp'),
      deadlineMs: 20_000,
      resolve: () => Promise.resolve(['192.0.2.1']),
    })
    const url = 'ssh://git@forge.example.com:2222/app.git'
    const forge = await openForge({
      metadata: { namespace: 'team', name: 'app' },
      spec: { repository: url, provider: 'generic', authSecretRef: 'auth' },
    })
    expect((await forge.listHeads()).heads).toEqual([{ ref: 'refs/heads/main', commit }])
    expect(readFileSync(join(root, 'called'), 'utf8')).toContain('-p 2222 git@forge.example.com')
    expect(readFileSync(join(root, 'home/ssh-key'), 'utf8')).toBe('-----KEY-----\n')
    expect(readFileSync(join(root, 'home/ssh-config'), 'utf8')).toContain('StrictHostKeyChecking yes')
    expect(await forge.readPipelineFiles(commit)).toEqual([{ path: '.c8s.yaml', text: 'a\n' }])
    expect(readdirSync(join(root, 'tmp'))).toEqual([])
    expect(existsSync(join(root, 'home/known-hosts'))).toBe(true)
  })
})
