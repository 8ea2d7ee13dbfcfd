import { Environment, EvaluationError, ParseError, TypeError as TypeFault } from '@marcbachmann/cel-js'
import { isGlobMatch } from '../../src/lib/glob.ts'
import { type ExpressionNode, listNodes, type NamedRead, toNamedRead, toVariable } from './expression-nodes.ts'
import { findForbidden } from './expression-subset.ts'
import {
  type ExpressionValues,
  measureValues,
  PullRequestValue,
  StepValue,
  toContext,
  typeFields,
  usualExtents,
} from './expression-values.ts'
import { describeFault, type ExpressionProblem, placeProblem } from './expression-words.ts'
import { estimateWork } from './expression-work.ts'

/** A CEL expression that has been read and found right in itself. */
export interface Expression {
  readonly text: string
  /** Variables that it reads. */
  readonly variables: ReadonlySet<string>
  /** Steps, params and dimensions that it names. */
  readonly named: readonly NamedRead[]
  /** Estimated work for values of usual size, in units of expression-work.ts. */
  readonly work: number
  /** Is it true of these values? */
  readonly evaluate: (values: ExpressionValues) => boolean | ExpressionProblem
}

/** Longest expression, in characters; crds/parts/conditional.ts says the same. */
const longestText = 2048
/** One unit takes at most about 70 ns, so that an expression is judged within 0.1 s by usual values and 0.3 s by any. */
export const mostUsualWork = 1_000_000
const mostWork = 4 * mostUsualWork

/** Far more than a condition needs. */
const limits = { maxAstNodes: 1000, maxDepth: 40, maxListElements: 100, maxMapEntries: 50, maxCallArguments: 4 }

const variableTypes = {
  branch: 'string',
  tag: 'string',
  event: 'string',
  commit: 'string',
  pullRequest: 'PullRequest',
  params: 'map<string, string>',
  matrix: 'map<string, string>',
  changedFiles: 'list<string>',
  steps: 'map<string, Step>',
} as const

const variableNames = Object.keys(variableTypes)

/** Reads an expression, or tells why it is none that can be used. The same text gives the same object, while it is kept. */
export function readExpression(text: string): Expression | ExpressionProblem {
  const known = cache.get(text)
  if (known !== undefined) return known
  const read = parse(text)
  cache.set(text, read)
  kept += text.length
  for (const [oldest] of cache) {
    if (kept <= mostKept) break
    cache.delete(oldest)
    kept -= oldest.length
  }
  return read
}

export function isProblem(read: Expression | ExpressionProblem | boolean): read is ExpressionProblem {
  return typeof read === 'object' && 'message' in read
}

/** Characters: as many as the conditions of the two largest pipelines have, each of which is gone through several times. */
const mostKept = 800_000
let kept = 0
const cache = new Map<string, Expression | ExpressionProblem>()

function parse(text: string): Expression | ExpressionProblem {
  if (text.length > longestText) return { message: `has more than ${longestText} characters` }
  try {
    return check(text, (environment ??= createEnvironment()).parse(text))
  } catch (error) {
    return toProblem(text, error)
  }
}

type Parsed = ReturnType<Environment['parse']>

function check(text: string, parsed: Parsed): Expression | ExpressionProblem {
  const ast: ExpressionNode = parsed.ast
  const forbidden = findForbidden(ast, variableNames)
  if (forbidden !== undefined) return placeProblem(text, forbidden.start, forbidden)
  const { valid, type, error } = parsed.check()
  if (!valid) return toProblem(text, error)
  if (type !== 'bool') return { message: `must be true or false, not ${type ?? 'unknown'}` }
  const { work } = estimateWork(ast, usualExtents)
  if (work > mostUsualWork) return tooMuchWork
  const nodes = listNodes(ast)
  return {
    text,
    variables: new Set(nodes.flatMap((node) => toVariable(node) ?? []).filter((name) => variableNames.includes(name))),
    named: nodes.flatMap((node) => toNamedRead(node) ?? []).filter(({ variable }) => variableNames.includes(variable)),
    work,
    evaluate: (values) => evaluate(text, { parsed, ast }, values),
  }
}

const tooMuchWork: ExpressionProblem = {
  message: 'would take too long with many changed files or long values',
  hint: 'go through changedFiles once only, and hold it against few and short texts',
}

/** All other variables always have a value. */
const filesUnknown: ExpressionProblem = { message: 'which files changed is not known of this run' }

interface Readable {
  readonly parsed: Parsed
  readonly ast: ExpressionNode
}

function evaluate(text: string, { parsed, ast }: Readable, values: ExpressionValues): boolean | ExpressionProblem {
  if (estimateWork(ast, measureValues(values)).work > mostWork) return tooMuchWork
  try {
    return parsed(toContext(values)) === true
  } catch (error) {
    const isUnknown = error instanceof EvaluationError && error.code === 'unknown_variable'
    return isUnknown ? filesUnknown : toProblem(text, error)
  }
}

/** Whatever the library throws, the expression is refused, or does not hold. */
function toProblem(text: string, error: unknown): ExpressionProblem {
  if (error instanceof ParseError || error instanceof TypeFault || error instanceof EvaluationError)
    return describeFault(text, error)
  return { message: 'the expression cannot be worked out' }
}

let environment: Environment | undefined

function createEnvironment(): Environment {
  const made = new Environment({ limits })
    .registerType('PullRequest', { ctor: PullRequestValue, fields: typeFields.PullRequest })
    .registerType('Step', { ctor: StepValue, fields: typeFields.Step })
    .registerOperator('PullRequest == null', ({ number }: PullRequestValue) => number === undefined)
    .registerFunction('string.glob(string): bool', (value: string, glob: string) => isGlobMatch(glob, value))
  return Object.entries(variableTypes).reduce((all, [name, type]) => all.registerVariable(name, type), made)
}
