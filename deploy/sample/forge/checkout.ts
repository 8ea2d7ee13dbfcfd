import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type RunResult, runToEnd } from '../../local/run.ts'
import { type ForgeLogin, toAuthorization } from './api.ts'

/** A work tree in a temporary folder whose remote `origin` is a repository of the forge. Real Git does everything. */
export interface Checkout {
  folder: string
  /** Runs git; throws what it said when it fails. Answers its standard output without the last line end. */
  git(...args: readonly string[]): Promise<string>
  /** Runs git and answers what it said and its exit code. */
  tryGit(...args: readonly string[]): Promise<RunResult>
  /** Commits the files on top of what is checked out, null for those that go; answers the commit. */
  commit(files: Readonly<Record<string, string | null>>, message?: string): Promise<string>
  remove(): void
}

export interface CheckoutOptions {
  /** Clone URL, as this machine reaches the forge. */
  url: string
  login: ForgeLogin
}

/** Clones the repository. In an empty one, main is checked out and has no commit. */
export async function openCheckout({ url, login }: CheckoutOptions): Promise<Checkout> {
  const folder = mkdtempSync(join(tmpdir(), 'c8s-checkout-'))
  let commits = 0
  const tryGit = (...args: readonly string[]): Promise<RunResult> =>
    runToEnd('git', args, { cwd: folder, env: { ...environment(login), ...renderDates(commits) } })
  const git = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await tryGit(...args)
    if (code !== 0) throw new Error(`git ${args.join(' ')} failed with exit code ${code}: ${stderr.trim()}`)
    return stdout.trimEnd()
  }
  const commit = async (files: Readonly<Record<string, string | null>>, message?: string): Promise<string> => {
    commits += 1
    for (const [path, text] of Object.entries(files)) writeFile(join(folder, path), text)
    await git('add', '--all', '--force')
    await git('commit', '--quiet', '--allow-empty', '--message', message ?? `Change ${commits}`)
    return git('rev-parse', 'HEAD')
  }
  await git('clone', '--quiet', '--config', 'init.defaultBranch=main', url, '.')
  return { folder, git, tryGit, commit, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

function writeFile(path: string, text: string | null): void {
  if (text === null) return rmSync(path)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

/** Nothing of the machine's or the user's settings counts, no proxy either. The credential is on no command line. */
function environment(login: ForgeLogin): Record<string, string> {
  const settings = [
    ['http.extraHeader', `Authorization: ${toAuthorization(login)}`],
    ['http.proxy', ''],
    ['advice.detachedHead', 'false'],
  ] as const
  const numbered = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ])
  return {
    ...Object.fromEntries(numbered),
    GIT_CONFIG_COUNT: String(settings.length),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  }
}

/** The same author, and for the nth commit the same second, whenever it is made. */
function renderDates(commits: number): Record<string, string> {
  const date = `${1_767_258_000 + commits} +0000`
  return {
    GIT_AUTHOR_NAME: 'Ada Example',
    GIT_AUTHOR_EMAIL: 'ada@example.com',
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: 'Ada Example',
    GIT_COMMITTER_EMAIL: 'ada@example.com',
    GIT_COMMITTER_DATE: date,
  }
}
