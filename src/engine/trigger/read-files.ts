import { createHash } from 'node:crypto'
import { isRecord } from '../../../crds/inspect.ts'
import { dropNulls } from '../../../crds/nulls.ts'
import type { Rejection } from '../../../crds/parts/event.ts'
import { namePattern } from '../../../crds/patterns.ts'
import { type RepositoryFile, repositoryFile, toPipelineSpec } from '../../../crds/repository-file.ts'
import { toNode } from '../../../crds/schema.ts'
import type { Validators } from '../../../crds/validate.ts'
import { type FieldError, renderError } from '../../lib/field-error.ts'
import { readYaml, type YamlDocument } from '../../lib/yaml/read.ts'
import { yamlLimits } from '../../lib/yaml/scan.ts'
import type { BrokenPipeline, Candidate, Pipeline } from './candidate.ts'
import { cutText } from './plain-text.ts'

/** A file of the repository at one commit. */
export interface RepositoryText {
  readonly path: string
  readonly text: string
}

export interface ReadOptions {
  readonly validators: Pick<Validators, 'validateRepositoryFile'>
  /** URL of the repository that the files lie in. */
  readonly repository: string
}

/** A commit's files are work that strangers ask for. */
export const fileLimits = { files: 50, totalBytes: 2 * yamlLimits.bytes } as const

/** Of the schema of spec.rejected. */
const maxMessage = 4096
const maxPath = 1024

/**
 * The pipelines of a commit's files. A file that is wrong becomes a broken pipeline and stops no other; files with one
 * name are broken together, as there is one status for them.
 */
export function readPipelineFiles(files: readonly RepositoryText[], options: ReadOptions): readonly Candidate[] {
  if (files.length > fileLimits.files) return [refuseAll(files.length)]
  let bytes = 0
  const read = files
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .map((file) => {
      bytes += Buffer.byteLength(file.text)
      return bytes > fileLimits.totalBytes ? breakFile(file, tooMuch) : readFile(file, options)
    })
  const named = [...Map.groupBy(read.filter(hasName), ({ name }) => name).values()].map(joinSameName)
  return [...named, ...nameOthers(read, new Set(named.map(({ name }) => name)))]
}

/** A file as far as it could be read: without a name where it says none that is legal. */
type ReadFile = Pipeline | BrokenPipeline | NamelessFile

interface NamelessFile {
  readonly name?: undefined
  readonly file: string
  readonly rejection: Rejection
}

const tooMuch: Wrong = {
  reason: 'ConfigTooLarge',
  message: `the file is not read: the pipeline files of a commit may take ${fileLimits.totalBytes} bytes together`,
}

function refuseAll(count: number): BrokenPipeline {
  const message = `the commit has ${count} pipeline files, at most ${fileLimits.files} are read`
  return { name: 'c8s', file: '.c8s', rejection: { reason: 'TooManyConfigs', message } }
}

function readFile(file: RepositoryText, { validators, repository }: ReadOptions): ReadFile {
  if (Buffer.byteLength(file.text) > yamlLimits.bytes) {
    const message = `the file is larger than ${yamlLimits.bytes} bytes, the most that is read`
    return breakFile(file, { reason: 'ConfigTooLarge', message })
  }
  const { documents, problems } = readYaml(file.text)
  const [problem] = problems
  if (problem !== undefined)
    return breakFile(file, { message: countMore(problem.message, problems.length), line: problem.line })
  const [document, second] = documents
  if (document === undefined) return breakFile(file, { message: 'the file holds nothing', line: 1 })
  const name = findName(document.value)
  if (second !== undefined)
    return breakFile(file, { message: 'a file of a repository holds one pipeline', line: second.line, name })
  return judgeDocument(file, document, { name, repository, errors: judge(document.value, validators) })
}

interface Judged {
  readonly name: string | undefined
  readonly repository: string
  readonly errors: readonly FieldError[]
}

function judgeDocument(file: RepositoryText, document: YamlDocument, judged: Judged): ReadFile {
  const { name, errors, repository } = judged
  const [error] = errors
  const line = document.lineOf(error?.path ?? '')
  if (error !== undefined) return breakFile(file, { message: countMore(renderError(error), errors.length), line, name })
  const content = toContent(document.value)
  const lineOf = (path: string) => document.lineOf(path)
  return { name: content.name, file: cutText(file.path, maxPath), spec: toPipelineSpec(content, repository), lineOf }
}

function judge(value: unknown, validators: ReadOptions['validators']): readonly FieldError[] {
  return validators.validateRepositoryFile(value).errors
}

/** As the API server would store it. */
function toContent(value: unknown): RepositoryFile {
  return dropNulls(value, toNode(repositoryFile)) as RepositoryFile
}

function findName(value: unknown): string | undefined {
  const name = isRecord(value) && Object.hasOwn(value, 'name') ? value['name'] : undefined
  return typeof name === 'string' && name.length <= 253 && legalName.test(name) ? name : undefined
}

const legalName = new RegExp(namePattern)

interface Wrong {
  readonly reason?: string
  readonly message: string
  readonly line?: number
  readonly name?: string | undefined
}

function breakFile({ path }: RepositoryText, { reason = 'ConfigInvalid', message, line, name }: Wrong): ReadFile {
  const file = cutText(path, maxPath)
  const rejection = { reason, message: cutText(message, maxMessage), file, ...(line === undefined ? {} : { line }) }
  return name === undefined ? { file, rejection } : { name, file, rejection }
}

function countMore(message: string, count: number): string {
  return count > 1 ? `${cutText(message, maxMessage - 32)} (and ${count - 1} more)` : message
}

function hasName(file: ReadFile): file is Candidate {
  return file.name !== undefined
}

/** Which of two files the one status would be about, nobody could tell. */
function joinSameName(files: readonly Candidate[]): Candidate {
  const [first, ...others] = files
  const last = others.at(-1)
  if (first === undefined || last === undefined) return first as Candidate
  const message = `${files.map(({ file }) => file).join(' and ')} have the same name ${first.name}: give each its own`
  const line = 'lineOf' in last ? last.lineOf?.('name') : undefined
  const place = { file: last.file ?? '', ...(line === undefined ? {} : { line }) }
  return {
    name: first.name,
    file: place.file,
    rejection: { reason: 'DuplicateName', message: cutText(message, maxMessage), ...place },
  }
}

/** Names for files that say none: after the file, and never that of a pipeline that has one. */
function nameOthers(files: readonly ReadFile[], taken: Set<string>): readonly BrokenPipeline[] {
  return files.flatMap((file) => {
    if (hasName(file)) return []
    const name = [toBaseName(file.file), hashName(file.file)].find((one) => !taken.has(one)) ?? hashName(file.file)
    taken.add(name)
    return [{ ...file, name }]
  })
}

/** `.c8s/unit-tests.yaml` is `unit-tests`, `.c8s.yaml` is `c8s`. */
function toBaseName(path: string): string {
  const base = path.replace(/^.*\//, '').replace(/\.ya?ml$/, '')
  const legal = base
    .slice(0, 253)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
  return legal.replace(/^-+|-+$/g, '') || 'c8s'
}

function hashName(path: string): string {
  return `${toBaseName(path).slice(0, 240)}-${createHash('sha256').update(path).digest('hex').slice(0, 8)}`
}
