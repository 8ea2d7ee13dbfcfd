import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { GitRepository } from '../git-repository.ts'
import { type HostProcess, startHostProcess } from './host-process.ts'

export interface SyncedRepository {
  readonly url: string
  /** Files as they are to be; answers the commit. */
  commit(files: Readonly<Record<string, string>>, removed?: readonly string[]): string
}

export interface GitServer {
  /** A new, empty repository of the server. */
  create(name: string): SyncedRepository
  stop(): Promise<void>
}

/** A git server over HTTP on loopback, as a process of its own, with repositories below the folder. */
export async function startGitServer(folder: string): Promise<GitServer> {
  mkdirSync(folder, { recursive: true })
  const log = join(folder, 'git-server.log')
  const findUrl = () => (existsSync(log) ? /serving (\S+)/.exec(readFileSync(log, 'utf8'))?.[1] : undefined)
  const host: HostProcess = await startHostProcess({
    name: 'the git server',
    program: process.execPath,
    args: [join(import.meta.dirname, 'serve-git.ts'), folder],
    log,
    isReady: async () => findUrl() !== undefined,
  })
  return {
    create: (name) => openRepository(folder, `${findUrl()}${name}.git`),
    stop: () => host.stop(),
  }
}

function openRepository(folder: string, url: string): SyncedRepository {
  const repository = new GitRepository(join(folder, url.split('/').at(-1) ?? ''))
  return {
    url,
    commit: (files, removed = []) => {
      for (const path of removed) repository.remove(path)
      return repository.commit('main', files)
    },
  }
}
