import type { RepositoryTextFile } from '../calls.ts'
import {
  ask,
  type Conversation,
  ConversationProblem,
  type ForgeAnswer,
  type ForgeCall,
  tooLarge,
} from './conversation.ts'
import { type Listing, readPages } from './pages.ts'

export const rootFile = '.c8s.yaml'
export const folder = '.c8s'

/** More than this is no set of pipelines but a mistake or an attack. */
const mostFiles = 50
const mostBytes = 1024 * 1024
/** Items of the folder that are looked at, whatever they are called. */
const mostEntries = 1000

export interface FolderEntry {
  /** From the root of the repository. */
  readonly path: string
  /** In bytes, where the forge tells. */
  readonly size?: number
}

export interface PipelineFileCalls {
  /** Lists the regular files in the folder, expecting 404. */
  readonly folder: Omit<Listing<FolderEntry>, 'limit'>
  /** The text of a file, expecting 404 and tooLarge. */
  readonly file: (path: string) => ForgeCall
  /** The commit itself, expecting 404. */
  readonly commit: ForgeCall
}

/**
 * `.c8s.yaml` and `.c8s/*.yaml` at one commit, sorted by path. Where there is none, the commit is asked for: forges answer
 * 404 for a missing file, a missing commit and a hidden repository alike, and only the first means that there is nothing to run.
 */
export function* readPipelineFiles(calls: PipelineFileCalls): Conversation<readonly RepositoryTextFile[]> {
  const { items } = yield* readPages({ ...calls.folder, limit: mostEntries })
  const entries = items.filter(({ path }) => isPipelineFile(path))
  checkEntries(entries)
  const paths = [rootFile, ...entries.map(({ path }) => path)].sort()
  const answers = yield paths.map(calls.file)
  const files = paths.flatMap((path, index) => toFile(path, answers[index]))
  if (files.length === 0) yield* checkCommit(calls.commit)
  checkSize(files.reduce((sum, { text }) => sum + text.length, 0))
  return files
}

/** `.c8s/build.yaml`, not `.c8s/steps/build.yaml` and not `.c8s/README.md`. */
function isPipelineFile(path: string): boolean {
  return /^\.c8s\/[^/]+\.ya?ml$/.test(path)
}

function checkEntries(entries: readonly FolderEntry[]): void {
  if (entries.length > mostFiles) {
    throw new ConversationProblem(
      'refused',
      `the folder ${folder} holds ${entries.length} pipelines and at most ${mostFiles} are read: leave fewer files in it`,
    )
  }
  checkSize(entries.reduce((sum, { size = 0 }) => sum + size, 0))
}

function checkSize(size: number): void {
  if (size <= mostBytes) return
  throw new ConversationProblem(
    'refused',
    `${rootFile} and ${folder}/*.yaml together are larger than 1 MiB, the most that is read: make them smaller`,
  )
}

function toFile(path: string, answer: ForgeAnswer | undefined): readonly RepositoryTextFile[] {
  if (answer?.status === tooLarge) checkSize(Number.POSITIVE_INFINITY)
  if (answer === undefined || answer.status === 404) return []
  return [{ path, text: typeof answer.body === 'string' ? answer.body : '' }]
}

function* checkCommit(call: ForgeCall): Conversation<void> {
  const { status } = yield* ask(call)
  if (status !== 404) return
  throw new ConversationProblem(
    'notFound',
    'the commit is not in the repository, or the credential may not read the repository',
  )
}
