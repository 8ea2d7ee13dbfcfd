import { createHash } from 'node:crypto'
import { type FieldError, renderError } from '../../src/lib/field-error.ts'
import type { ConfigMap } from '../../src/lib/kubernetes.ts'
import { readYaml } from '../../src/lib/yaml/read.ts'
import * as compiled from '../compiled/checks.mjs'
import { checkSize } from '../envelope.ts'
import { labels } from '../labels.ts'
import { createShapeCheck } from '../shape.ts'
import { type Policy, policyDocument } from './document.ts'
import { checkPolicy } from './rules.ts'
import type { PolicyReading } from './terms.ts'

/** Key of the ConfigMap. */
const policyKey = 'policy.yaml'

/** The policy of that name, out of the ConfigMaps of c8s-system that are labelled with it. */
export function readPolicy(name: string, configMaps: readonly ConfigMap[]): PolicyReading {
  const unusable = (message: string): PolicyReading => ({ kind: 'unusable', name, message })
  const found = configMaps.filter(({ metadata }) => metadata.labels?.[labels.policy] === name)
  const [first] = found
  if (first === undefined) return unusable(`no ConfigMap in c8s-system has the label ${labels.policy}: ${name}`)
  const names = found.map(({ metadata }) => metadata.name ?? '').toSorted()
  if (found.length > 1) return unusable(`the ConfigMaps ${names.join(' and ')} in c8s-system have the same label`)
  const where = `ConfigMap c8s-system/${names[0] ?? ''}`
  const text = first.data?.[policyKey]
  if (text === undefined) return unusable(`${where} has no key ${policyKey}`)
  const parsed = parsePolicy(text)
  if (parsed.policy === undefined) return unusable(`${where}, ${policyKey} ${describeProblems(parsed.problems)}`)
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12)
  return { kind: 'usable', name, id: `${name}@${digest}`, policy: parsed.policy }
}

interface PolicyProblem {
  readonly line: number
  readonly message: string
}

type Parsed = { readonly policy: Policy } | { readonly policy?: never; readonly problems: readonly PolicyProblem[] }

/** The content of a policy.yaml, or what is wrong with it, line by line. An unknown field is wrong: it forbids nothing. */
export function parsePolicy(text: string): Parsed {
  const { documents, problems } = readYaml(text)
  const [document] = documents
  if (problems.length > 0) return { problems }
  if (document === undefined) return { problems: [{ line: 1, message: 'is empty' }] }
  if (documents.length > 1) return { problems: [{ line: documents[1]?.line ?? 1, message: 'a second document' }] }
  const errors = findErrors(document.value)
  if (errors.length === 0) return { policy: document.value as Policy }
  return { problems: errors.map((error) => ({ line: document.lineOf(error.path), message: renderError(error) })) }
}

function findErrors(value: unknown): readonly FieldError[] {
  const size = checkSize(value)
  if (size !== undefined) return size.errors
  const shape = createShapeCheck(compiled.Policy, policyDocument)(value)
  const errors = [...shape.errors, ...shape.unknown]
  return errors.length > 0 ? errors : checkPolicy(value as Policy)
}

function describeProblems(problems: readonly PolicyProblem[]): string {
  const [first, ...others] = problems
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  return first === undefined ? 'cannot be read' : `line ${first.line}: ${first.message}${more}`
}
