import { basename, dirname } from 'node:path'
import type { Validators } from '../../crds/validate.ts'
import { type FieldError, renderError, type Verdict } from '../lib/field-error.ts'
import { readYaml, type YamlDocument } from '../lib/yaml/read.ts'

/** One line of the answer about a file. */
export interface Finding {
  readonly level: 'error' | 'warning' | 'ok' | 'skipped'
  readonly line: number
  /** `PipelineConfig/app`; empty where no object could be read. */
  readonly object: string
  readonly text: string
}

type Fields = Readonly<Record<string, unknown>>

/** All there is to say about the text of a file, in the words of the webhook. */
export function findFindings(path: string, text: string, validators: Validators): Finding[] {
  const { documents, problems } = readYaml(text)
  const wrong = problems.map(({ line, message }): Finding => {
    return { level: 'error', line, object: '', text: renderError({ path: '', code: 'Malformed', message }) }
  })
  if (wrong.length > 0) return wrong
  if (documents.length === 0) return [malformed(1, 'the file holds nothing')]
  if (!isRepositoryPath(path)) return documents.flatMap((document) => judgeDocument(document, validators))
  const [first, second] = documents
  const more = second === undefined ? [] : [malformed(second.line, 'a file of a repository holds one pipeline')]
  return [...(first === undefined ? [] : judgeFile(first, validators)), ...more]
}

/** `.c8s.yaml` and `.c8s/*.yaml` are pipelines of the repository they lie in, whatever they say. */
function isRepositoryPath(path: string): boolean {
  return /^\.c8s\.ya?ml$/.test(basename(path)) || basename(dirname(path)) === '.c8s'
}

function judgeDocument(document: YamlDocument, validators: Validators): Finding[] {
  const { value } = document
  if (!isFields(value)) return [malformed(document.line, 'a manifest must be a map of fields')]
  if (value['kind'] === 'List' && Array.isArray(value['items']))
    return value['items'].flatMap((item: unknown, at) =>
      judgeManifest({ item, document, at: `items[${at}]` }, validators),
    )
  const isFile = value['apiVersion'] === undefined && value['kind'] === undefined
  return isFile ? judgeFile(document, validators) : judgeManifest({ item: value, document, at: '' }, validators)
}

interface Manifest {
  readonly item: unknown
  readonly document: YamlDocument
  /** Where it stands in the document. */
  readonly at: string
}

function judgeManifest({ item, document, at }: Manifest, validators: Validators): Finding[] {
  const fields = isFields(item) ? item : {}
  const object = nameObject(fields)
  const lineOf = (path: string) => document.lineOf([at, path].filter((part) => part !== '').join('.'))
  const validate = chooseValidator(fields, validators)
  if (validate === undefined) return [describeForeign(fields, { object, line: lineOf('') })]
  return toFindings(validate(item), { object, lineOf })
}

function judgeFile(document: YamlDocument, validators: Validators): Finding[] {
  const name = isFields(document.value) ? document.value['name'] : undefined
  const object = typeof name === 'string' ? `pipeline/${name}` : 'pipeline'
  return toFindings(validators.validateRepositoryFile(document.value), {
    object,
    lineOf: (path) => document.lineOf(path),
  })
}

function chooseValidator(fields: Fields, validators: Validators): ((object: unknown) => Verdict) | undefined {
  switch (fields['kind']) {
    case 'PipelineConfig':
      return isOurs(fields) ? validators.validatePipelineConfig : undefined
    case 'PipelineRun':
      return isOurs(fields) ? validators.validatePipelineRun : undefined
    case 'RepositoryConnection':
      return isOurs(fields) ? validators.validateRepositoryConnection : undefined
    default:
      return undefined
  }
}

/** Other systems have a PipelineRun too. One without a version is meant for us. */
function isOurs({ apiVersion }: Fields): boolean {
  return (
    typeof apiVersion !== 'string' ||
    apiVersion === '' ||
    !/^[^/]+\//.test(apiVersion) ||
    apiVersion.startsWith('c8s.dev/')
  )
}

function describeForeign(fields: Fields, { object, line }: { object: string; line: number }): Finding {
  const { apiVersion } = fields
  if (typeof apiVersion === 'string' && apiVersion.startsWith('c8s.dev/'))
    return {
      level: 'error',
      line,
      object,
      text: renderError({ path: 'kind', code: 'Invalid', message: 'is no kind of c8s' }),
    }
  if (typeof apiVersion === 'string' && typeof fields['kind'] === 'string')
    return { level: 'skipped', line, object, text: 'is no kind of c8s' }
  return malformed(line, 'a manifest must have apiVersion and kind')
}

interface Subject {
  readonly object: string
  lineOf(path: string): number
}

function toFindings({ errors, warnings }: Verdict, { object, lineOf }: Subject): Finding[] {
  const toFinding =
    (level: Finding['level']) =>
    (error: FieldError): Finding => ({ level, line: lineOf(error.path), object, text: renderError(error) })
  const all = [...errors.map(toFinding('error')), ...warnings.map(toFinding('warning'))]
  return errors.length > 0 ? all : [...all, { level: 'ok', line: lineOf(''), object, text: 'is valid' }]
}

function malformed(line: number, message: string): Finding {
  return { level: 'error', line, object: '', text: renderError({ path: '', code: 'Malformed', message }) }
}

function nameObject({ kind, metadata }: Fields): string {
  const { name, generateName } = isFields(metadata) ? metadata : {}
  const shown = typeof name === 'string' ? name : typeof generateName === 'string' ? `${generateName}*` : '(no name)'
  return `${typeof kind === 'string' ? kind : '(no kind)'}/${shown}`
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
