import { renameSync, writeFileSync } from 'node:fs'
import { maskText, toSecrets } from '../git/mask.ts'
import { createPrivateFolder, readCredential, removePrivateFolder, writePrivateFiles } from '../git/private-folder.ts'
import { findFullRefProblem, findRefProblem } from '../git/refs.ts'
import { GitError, type GitRunner } from '../git/run.ts'
import { type Credential, findCredentialProblem, planGitEnvironment, planPrivateFiles } from '../git/settings.ts'
import type { AgentReport, CloneOptions } from '../lib/agent-options.ts'
import { parseRepository, type RepositoryUrl } from '../lib/repository.ts'
import { createMasker, type Secret } from '../logs/masker.ts'
import { checkOut } from './clone/checkout.ts'
import { CloneProblem, toProblem } from './clone/problem.ts'
import { resolveCommit } from './clone/resolve.ts'
import { shareCheckout } from './clone/shared.ts'
import { writeAll } from './write-all.ts'

/** What the clone needs of its process. */
export interface CloneProcess {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** File descriptor of the container's log. */
  readonly output: number
  /** Milliseconds before each further try after a network failure. */
  readonly pauses: readonly number[]
}

/**
 * Puts the files of exactly one commit into the workspace and its full id into the commit file. The report says in one
 * sentence which of repository, commit, branch and credential is wrong; no credential is in it or in the output.
 */
export async function clone(options: CloneOptions, cloneProcess: CloneProcess): Promise<AgentReport> {
  let mask = (text: string) => text
  try {
    const url = requireOptions(options)
    const credential = readCredentialFor(options, url)
    const secrets = toSecrets(credential)
    mask = (text) => maskText(secrets, text)
    const commit = await cloneWith(options, { url, credential, secrets, cloneProcess })
    return { reason: 'Cloned', message: `commit ${commit} of ${options.repository}`, commit }
  } catch (error) {
    const problem = error instanceof GitError ? toProblem(error, options) : error
    if (problem instanceof CloneProblem) return { reason: problem.reason, message: mask(problem.message) }
    return { reason: 'CloneFailed', message: mask(`cloning ${describe(options)} failed: ${String(error)}`) }
  }
}

interface CloneMeans {
  readonly url: RepositoryUrl
  readonly credential: Credential
  readonly secrets: readonly Secret[]
  readonly cloneProcess: CloneProcess
}

async function cloneWith(
  options: CloneOptions,
  { url, credential, secrets, cloneProcess }: CloneMeans,
): Promise<string> {
  const masker = createMasker(secrets)
  const folder = createPrivateFolder(options.commitFile)
  const say = (bytes: Uint8Array) => writeAll(cloneProcess.output, masker.push(bytes))
  const environment = planGitEnvironment(folder, cloneProcess.environment)
  const runner: GitRunner = { environment, say, pauses: cloneProcess.pauses }
  try {
    writePrivateFiles(folder, planPrivateFiles(folder, { url, credential }))
    say(Buffer.from(`c8s: cloning ${options.repository} at ${options.commit}\n`))
    const commit = await resolveCommit(runner, options)
    await fillWorkspace(runner, options, commit)
    writeCommit(options.commitFile, commit)
    return commit
  } finally {
    removePrivateFolder(folder)
    writeAll(cloneProcess.output, masker.end())
  }
}

async function fillWorkspace(runner: GitRunner, options: CloneOptions, commit: string): Promise<void> {
  const { sharedVolume, workspace } = options
  if (sharedVolume === undefined) return checkOut(runner, options, commit)
  await shareCheckout({
    volume: sharedVolume,
    workspace,
    commit,
    checkOut: (folder) => checkOut(runner, { ...options, workspace: folder }, commit),
    say: (line) => runner.say(Buffer.from(line)),
  })
}

/** Admission has looked at these too, but whoever can make a pod can write its options. */
function requireOptions({ repository, commit, branch, tag, ref, depth }: CloneOptions): RepositoryUrl {
  const parsed = parseRepository(repository)
  if ('problem' in parsed) throw new CloneProblem('CloneFailed', `the repository URL ${parsed.problem}`)
  if (!/^[0-9a-fA-F]{7,64}$/.test(commit)) {
    throw new CloneProblem('CommitNotFound', 'the commit is not 7 to 64 hexadecimal digits')
  }
  for (const [kind, name] of Object.entries({ branch, tag })) {
    const problem = name === undefined ? undefined : findRefProblem(name)
    if (problem !== undefined) throw new CloneProblem('CommitNotFound', `the name of the ${kind} ${problem}`)
  }
  const refProblem = ref === undefined ? undefined : findFullRefProblem(ref)
  if (refProblem !== undefined) throw new CloneProblem('CommitNotFound', `the ref of the commit ${refProblem}`)
  if (!Number.isSafeInteger(depth) || depth < 0)
    throw new CloneProblem('CloneFailed', 'the depth is not a number from 0')
  return parsed.url
}

function readCredentialFor({ authDirectory }: CloneOptions, url: RepositoryUrl): Credential {
  if (authDirectory === undefined) return {}
  const credential = readCredential(authDirectory)
  const problem = findCredentialProblem(url, credential)
  if (problem !== undefined) throw new CloneProblem('AuthenticationFailed', `the credential ${problem}`)
  return credential
}

/** A URL that was refused may hold a credential, so it is not repeated. */
function describe({ repository }: CloneOptions): string {
  return 'problem' in parseRepository(repository) ? 'the repository' : repository
}

function writeCommit(path: string, commit: string): void {
  writeFileSync(`${path}.new`, `${commit}\n`, { mode: 0o644 })
  renameSync(`${path}.new`, path)
}
