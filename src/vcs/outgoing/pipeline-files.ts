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

const rootFile = '.c8s.yaml'
export const folder = '.c8s'

/** More than this is no set of pipelines but a mistake or an attack. */
const mostFiles = 50
const mostBytes = 1024 * 1024
/** A forge may tell other sizes than it sends: what is too large is noticed after so many files. */
const mostAtOnce = 6
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
  const entries = [{ path: rootFile }, ...items]
  const files = yield* readTexts(entries, { call: ({ path }) => calls.file(path), read: ({ body }) => body })
  if (files.length === 0 && (yield* ask(calls.commit)).status === 404) throw missingCommit()
  return files
}

export interface TextCalls<Entry> {
  /** Expects 404 and tooLarge. */
  readonly call: (entry: Entry) => ForgeCall
  readonly read: (answer: ForgeAnswer) => unknown
}

/** Those of the entries that are pipeline files and there, sorted by path. */
export function* readTexts<Entry extends FolderEntry>(
  entries: readonly Entry[],
  { call, read }: TextCalls<Entry>,
): Conversation<readonly RepositoryTextFile[]> {
  const wanted = entries.filter(({ path }) => isPipelineFile(path)).sort((a, b) => (a.path < b.path ? -1 : 1))
  checkEntries(wanted)
  const files: RepositoryTextFile[] = []
  for (let start = 0; start < wanted.length; start += mostAtOnce) {
    const group = wanted.slice(start, start + mostAtOnce)
    const answers = yield group.map(call)
    files.push(...group.flatMap(({ path }, index) => toFile(path, answers[index], read)))
    checkSize(files.reduce((sum, { text }) => sum + text.length, 0))
  }
  return files
}

function toFile(
  path: string,
  answer: ForgeAnswer | undefined,
  read: TextCalls<FolderEntry>['read'],
): readonly RepositoryTextFile[] {
  if (answer?.status === tooLarge) checkSize(Number.POSITIVE_INFINITY)
  if (answer === undefined || answer.status === 404) return []
  const text = read(answer)
  return [{ path, text: typeof text === 'string' ? text : '' }]
}

/** What is to be said where a forge does not know the commit. */
export function missingCommit(): ConversationProblem {
  return new ConversationProblem(
    'notFound',
    'the commit is not in the repository, or the credential may not read the repository',
  )
}

/** `.c8s/build.yaml`, not `.c8s/steps/build.yaml` and not `.c8s/README.md`. */
function isPipelineFile(path: string): boolean {
  return path === rootFile || /^\.c8s\/[^/]+\.ya?ml$/.test(path)
}

function checkEntries(entries: readonly FolderEntry[]): void {
  const { length } = entries.filter(({ path }) => path !== rootFile)
  if (length > mostFiles) {
    throw new ConversationProblem(
      'refused',
      `the folder ${folder} holds ${length} pipelines, and at most ${mostFiles} are read: leave fewer files in it`,
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
