import {
  planBareInit,
  planFetchFiles,
  planFetchMessage,
  planFetchTrees,
  planListTree,
  planReadObjects,
  planRemote,
  planShowMessage,
} from '../../git/arguments.ts'
import { runGit } from '../../git/run.ts'
import type { RepositoryTextFile } from '../../vcs/calls.ts'
import { ForgeError } from '../forge.ts'
import { parseContents, parseSizes, parseTree, type TreeEntry, toText } from './objects.ts'
import type { GitSession } from './session.ts'

/** Of one file; the parser of pipelines takes no more either. */
const mostBytes = 1 << 20
/** Of all: of more the parser takes none. */
const mostTogether = 2 << 20
const mostFiles = 50
/** Of the list of a folder: tens of thousands of names. */
const mostListed = 4 << 20

/**
 * The pipeline files of exactly that commit, given in full, sorted by path. Fetches the commit and its folders, then these
 * files alone; nothing is checked out, so no link is followed and no name becomes a path.
 */
export async function readFiles(
  session: GitSession,
  repository: string,
  commit: string,
): Promise<readonly RepositoryTextFile[]> {
  const { runner, folder } = session
  await prepare(session, repository, commit)
  await runGit(runner, { args: planFetchTrees(commit), folder })
  const args = planListTree(commit, ['.c8s.yaml', '.c8s', '.c8s/'])
  const entries = chooseEntries(parseTree(await runGit(runner, { args, folder, mostOutput: mostListed })))
  if (entries.length === 0) return []
  const texts = await readTexts(session, entries)
  return entries.map(({ id, path }) => ({ path, text: texts.get(id) ?? '' }))
}

/** The message of a commit, given in full. */
export async function readMessage(session: GitSession, repository: string, commit: string): Promise<string> {
  const { runner, folder } = session
  await prepare(session, repository, commit)
  await runGit(runner, { args: planFetchMessage(commit), folder })
  return toText(await runGit(runner, { args: planShowMessage(commit), folder, mostOutput: mostBytes }))
}

async function prepare({ runner, folder }: GitSession, repository: string, commit: string): Promise<void> {
  await runGit(runner, { args: planBareInit(folder, commit.length === 64 ? 'sha256' : 'sha1') })
  await runGit(runner, { args: planRemote(repository), folder })
}

/** Throws ForgeError for what stands in the place of a pipeline file and is none. */
function chooseEntries(entries: readonly TreeEntry[]): readonly TreeEntry[] {
  const wanted = entries.filter(({ path, mode }) => isPipelinePath(path) || (path === '.c8s' && mode !== '040000'))
  for (const { path, mode } of wanted) {
    if (!mode.startsWith('100')) throw refuse(`${path} is ${describeMode(mode)}: only regular files are read`)
  }
  const files = wanted.filter(({ path }) => path !== '.c8s')
  if (files.length > mostFiles) throw refuse(`.c8s holds ${files.length} pipeline files, and ${mostFiles} are allowed`)
  return files.sort((one, other) => (one.path < other.path ? -1 : 1))
}

function isPipelinePath(path: string): boolean {
  return path === '.c8s.yaml' || /^\.c8s\/[^/]+\.ya?ml$/.test(path)
}

function describeMode(mode: string): string {
  if (mode === '120000') return 'a symbolic link'
  return mode === '160000' ? 'a submodule' : 'a folder'
}

async function readTexts({ runner, folder }: GitSession, entries: readonly TreeEntry[]): Promise<Map<string, string>> {
  const ids = [...new Set(entries.map(({ id }) => id))]
  const input = ids.map((id) => `${id}\n`).join('')
  await runGit(runner, { args: planFetchFiles(ids), folder })
  const sizes = parseSizes(await runGit(runner, { args: planReadObjects('sizes'), folder, input }))
  let together = 0
  for (const { id, path } of entries) {
    const size = sizes.get(id)
    if (size === undefined) throw new ForgeError('unavailable', `the server did not send the file ${path}`)
    if (size > mostBytes) throw refuse(`${path} has ${size} bytes, and 1 MiB is allowed`)
    together += size
  }
  if (together > mostTogether)
    throw refuse(`.c8s.yaml and .c8s have ${together} bytes together, and 2 MiB are allowed: make them smaller`)
  const mostOutput = mostTogether + 200 * ids.length
  return parseContents(await runGit(runner, { args: planReadObjects('contents'), folder, input, mostOutput }))
}

function refuse(message: string): ForgeError {
  return new ForgeError('refused', message)
}
