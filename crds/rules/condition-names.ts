import type { Graph } from '../../src/lib/dag.ts'
import { type FieldError, quoteValue } from '../../src/lib/field-error.ts'
import { findNearest } from '../../src/lib/nearest.ts'
import type { Matrix } from '../parts/matrix.ts'
import type { Step } from '../parts/step.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import { isProblem, readExpression } from './expression.ts'
import type { NamedRead } from './expression-nodes.ts'
import { describePlace } from './expression-words.ts'
import { toGraph } from './needs.ts'
import { placeAllSteps, placeFinalSteps, placeSteps, type SpecRule } from './rule.ts'

type Problem = Pick<FieldError, 'code' | 'message' | 'hint'>
type Check = (read: NamedRead, step: Step) => Problem | undefined

/**
 * An expression may read of steps only those that have ended whenever it is judged: for a main step what it depends on,
 * directly or not; for a step of finally all main steps.
 */
export const stepsReadHaveEnded: SpecRule<PipelineSpec> = (spec, at) => {
  const graph = toGraph(spec)
  const main = new Set(graph.nodes())
  const last = new Set(spec.finally?.map(({ name }) => name))
  const checkKnown: Check = ({ name }) => (main.has(name) ? undefined : describeUnknownStep(name, main, last))
  const reached = new Map<string, ReadonlySet<string>>()
  const findReached = (name: string) => {
    const found = reached.get(name) ?? listReached(graph, name)
    reached.set(name, found)
    return found
  }
  const checkNeeded: Check = (read, step) => {
    const known = checkKnown(read, step)
    if (known !== undefined || findReached(step.name).has(read.name)) return known
    const message = `step ${step.name} reads the outcome of ${read.name}, but does not depend on it`
    return { code: 'Invalid', message, hint: `add ${read.name} to dependsOn` }
  }
  return [
    ...placeSteps(spec, at).flatMap((placed) => checkReads(placed, 'steps', checkNeeded)),
    ...placeFinalSteps(spec, at).flatMap((placed) => checkReads(placed, 'steps', checkKnown)),
  ]
}

function describeUnknownStep(name: string, main: ReadonlySet<string>, last: ReadonlySet<string>): Problem {
  if (last.has(name))
    return { code: 'Invalid', message: `${name} is a step of finally: no condition can wait for how it ends` }
  return describeUnknown('UnknownStep', `there is no step ${quoteValue(name)}`, findNearest(name, main))
}

export const paramsReadExist: SpecRule<PipelineSpec> = (spec, at) => {
  const params = new Set(spec.params?.map(({ name }) => name))
  const checkParam: Check = ({ name }) =>
    params.has(name)
      ? undefined
      : describeUnknown('Invalid', `the pipeline has no param ${quoteValue(name)}`, findNearest(name, params))
  return placeAllSteps(spec, at).flatMap((placed) => checkReads(placed, 'params', checkParam))
}

export const dimensionsReadExist: SpecRule<PipelineSpec> = (spec, at) => {
  const checkDimension: Check = ({ name }, { matrix }) => {
    const names = new Set([...listDimensions(spec.matrix), ...listDimensions(matrix)])
    if (names.has(name)) return undefined
    return describeUnknown('Invalid', `the step has no matrix with ${quoteValue(name)}`, findNearest(name, names))
  }
  return placeAllSteps(spec, at).flatMap((placed) => checkReads(placed, 'matrix', checkDimension))
}

function listDimensions({ dimensions = {}, include = [] }: Matrix = {}): readonly string[] {
  return [dimensions, ...include].flatMap(Object.keys)
}

function describeUnknown(code: Problem['code'], message: string, nearest: string | undefined): Problem {
  return { code, message, ...(nearest === undefined ? {} : { hint: `did you mean ${nearest}?` }) }
}

interface Placed {
  readonly step: Step
  readonly at: string
}

function checkReads({ step, at }: Placed, variable: string, check: Check): readonly FieldError[] {
  const { when } = step.conditional ?? {}
  const read = when === undefined ? undefined : readExpression(when)
  if (when === undefined || read === undefined || isProblem(read)) return []
  return read.named
    .filter((named) => named.variable === variable)
    .flatMap((named) => {
      const problem = check(named, step)
      if (problem === undefined) return []
      const place = describePlace(when, named.start)
      return [{ path: `${at}.conditional.when`, ...problem, message: `${problem.message} (${place})` }]
    })
}

/** All that a step depends on, directly or not; in a circle that includes itself. */
function listReached({ needs }: Graph, name: string): ReadonlySet<string> {
  const reached = new Set(needs(name))
  for (const each of reached) for (const need of needs(each)) reached.add(need)
  return reached
}
