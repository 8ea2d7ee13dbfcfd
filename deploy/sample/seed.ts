import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hashPath } from '../images/files.ts'
import { runOrThrow } from '../local/run.ts'
import { type CommitStep, history, repositoryPaths } from './history.ts'

/** Full SHAs of the commits that tests and the demo name. */
export interface SampleCommits {
  /** Head of main. */
  main: string
  /** Head of feature/tabs. */
  feature: string
  /** The commit that tag v1.1.0 points to. */
  tag: string
  /** First commit of main. */
  first: string
  /** On no branch and under no tag: only who knows the SHA can fetch it. */
  impostor: string
}

export interface SeededRepositories {
  /** Holds the bare repositories, under the paths that the git server serves. */
  folder: string
  commits: SampleCommits
}

const sources = join(import.meta.dirname, 'repository')

/** Makes the bare repositories in a cache folder, once for each state of the sample's files. */
export async function seedRepositories(cache: string): Promise<SeededRepositories> {
  const key = await hashSources()
  const folder = join(cache, 'repositories', key)
  if (!existsSync(folder)) await makeRepositories(folder)
  const commits = JSON.parse(readFileSync(join(folder, 'commits.json'), 'utf8')) as SampleCommits
  return { folder: join(folder, 'git'), commits }
}

/** Changes with anything that the commits are made of. */
async function hashSources(): Promise<string> {
  const made = [...new Set(history.flatMap(({ copy }) => copy ?? []))].map((path) => join(sources, path))
  const inputs = [...made, join(import.meta.dirname, 'history.ts'), join(import.meta.dirname, 'seed.ts')]
  const hashes = await Promise.all(inputs.map(hashPath))
  return createHash('sha256').update(hashes.join('\n')).digest('hex').slice(0, 16)
}

async function makeRepositories(folder: string): Promise<void> {
  mkdirSync(join(folder, '..'), { recursive: true })
  const made = mkdtempSync(join(folder, '..', '.new-'))
  try {
    const work = join(made, 'work')
    const commits = await commitHistory(work)
    for (const path of repositoryPaths) await copyBare(work, join(made, 'git', path))
    rmSync(work, { recursive: true, force: true })
    writeFileSync(join(made, 'commits.json'), JSON.stringify(commits))
    renameSync(made, folder)
  } catch (error) {
    // Another process may have made the same repositories meanwhile.
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
}

async function commitHistory(work: string): Promise<SampleCommits> {
  mkdirSync(work, { recursive: true })
  await runGit(work, ['init', '--quiet', '--initial-branch=main'])
  const named: Record<string, string> = {}
  for (const [index, step] of history.entries()) named[step.name] = await commitStep(work, step, index)
  return named as unknown as SampleCommits
}

async function commitStep(work: string, step: CommitStep, index: number): Promise<string> {
  if (step.from) await runGit(work, ['checkout', '--quiet', '--detach', step.from])
  for (const path of step.copy ?? []) cpSync(join(sources, path), join(work, path), { recursive: true })
  for (const [path, text] of Object.entries(step.write ?? {})) writeFileSync(join(work, path), text)
  await runGit(work, ['add', '--all'])
  const date = `2026-01-0${index + 1}T09:00:00Z`
  await runGit(work, ['commit', '--quiet', '--message', step.message], {
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_DATE: date,
  })
  for (const ref of step.refs) await runGit(work, ['update-ref', ref, 'HEAD'])
  return (await runGit(work, ['rev-parse', 'HEAD'])).trim()
}

async function copyBare(work: string, bare: string): Promise<void> {
  mkdirSync(bare, { recursive: true })
  await runGit(bare, ['init', '--quiet', '--bare', '--initial-branch=main', '--template='])
  await runGit(bare, ['fetch', '--quiet', work, '+refs/*:refs/*'])
  await runGit(bare, ['-c', 'pack.threads=1', 'repack', '-adq'])
  await runGit(bare, ['pack-refs', '--all'])
  rmSync(join(bare, 'FETCH_HEAD'), { force: true })
}

/** Nothing of the machine's or the user's git settings gets into the commits. */
function runGit(folder: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  return runOrThrow('git', args, {
    cwd: folder,
    env: {
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_SYSTEM: '/dev/null',
      GIT_AUTHOR_NAME: 'Ada Example',
      GIT_AUTHOR_EMAIL: 'ada@example.com',
      GIT_COMMITTER_NAME: 'Ada Example',
      GIT_COMMITTER_EMAIL: 'ada@example.com',
      LC_ALL: 'C',
      TZ: 'UTC',
      ...env,
    },
  })
}
