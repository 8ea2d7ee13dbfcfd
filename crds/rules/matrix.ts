import { type FieldError, joinPath, quoteValue } from '../../src/lib/field-error.ts'
import { findNearest } from '../../src/lib/nearest.ts'
import { limits } from '../defaults.ts'
import {
  countLegs,
  countProduct,
  expandMatrices,
  expansionLimits,
  isExpandable,
  listCombinations,
  maxDimensions,
  maxFinalSteps,
  measureExpansion,
} from '../expand-matrix.ts'
import { toFieldPath } from '../inspect.ts'
import type { Matrix } from '../parts/matrix.ts'
import { maxSteps } from '../parts/step.ts'
import { labelPattern } from '../patterns.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import { measureBytes, placeFinalSteps, placeSteps, type SpecRule } from './rule.ts'

interface PlacedMatrix {
  readonly matrix: Matrix
  /** Of the matrix itself. */
  readonly at: string
  /** The pipeline's own matrix, which this one is multiplied with. */
  readonly around?: Matrix
}

function placeMatrices(spec: PipelineSpec, at: string): readonly PlacedMatrix[] {
  const { matrix: around } = spec
  const own = around === undefined ? [] : [{ matrix: around, at: joinPath(at, 'matrix') }]
  const inner = placeSteps(spec, at).flatMap(({ step: { matrix }, at: place }) =>
    matrix === undefined ? [] : [{ matrix, at: `${place}.matrix`, ...(around === undefined ? {} : { around }) }],
  )
  const last = placeFinalSteps(spec, at).flatMap(({ step: { matrix }, at: place }) =>
    matrix === undefined ? [] : [{ matrix, at: `${place}.matrix` }],
  )
  return [...own, ...inner, ...last]
}

const forEachMatrix =
  (check: (placed: PlacedMatrix) => readonly FieldError[]): SpecRule<PipelineSpec> =>
  (spec, at) =>
    placeMatrices(spec, at).flatMap(check)

const matrixHasDimensions = forEachMatrix(({ matrix: { dimensions = {} }, at }) =>
  Object.keys(dimensions).length > 0
    ? []
    : [{ path: `${at}.dimensions`, code: 'Required', message: 'a matrix must have at least one dimension' }],
)

const legalName = new RegExp(labelPattern)
const matrixDimensionsAreNamed = forEachMatrix(({ matrix: { dimensions = {} }, at, around }) => {
  const names = Object.keys(dimensions)
  const outer = Object.keys(around?.dimensions ?? {})
  const faults = names.flatMap((name): FieldError[] => {
    const path = toFieldPath(`${at}.dimensions`, name)
    if (!legalName.test(name) || name.length > 63) {
      const message = `${quoteValue(name)} is not a name of lower-case letters, digits and dashes`
      return [{ path, code: 'Invalid', message }]
    }
    if (!outer.includes(name)) return []
    return [{ path, code: 'Duplicate', message: `${quoteValue(name)} is a dimension of the pipeline's matrix already` }]
  })
  const count = names.length + outer.length
  if (count <= maxDimensions) return faults
  const message = `a step can have ${maxDimensions} dimensions, with those of the pipeline's matrix; here are ${count}`
  return [...faults, { path: `${at}.dimensions`, code: 'TooLarge', message }]
})

const most = limits.matrixCombinations

/** By arithmetic, before anything is expanded: what is excluded counts too. */
const countTooMany = ({ matrix, at }: PlacedMatrix): FieldError[] => {
  const count = countProduct(matrix)
  if (count <= most) return []
  return [
    { path: `${at}.dimensions`, code: 'TooLarge', message: `makes ${count} combinations, at most ${most} are allowed` },
  ]
}

/** What the legs of a step are: those of its own matrix, for each combination of the pipeline's. */
const countTooManyLegs = ({ matrix, at, around }: PlacedMatrix): FieldError[] => {
  const own = listCombinations(matrix).length
  const outer = around === undefined ? 1 : listCombinations(around).length
  if (own * outer <= most) return []
  const times = around === undefined ? '' : `, ${own} for each of the ${outer} combinations of the pipeline's matrix`
  return [{ path: at, code: 'TooLarge', message: `makes ${own * outer} legs${times}; at most ${most} are allowed` }]
}

const matrixIsSmall: SpecRule<PipelineSpec> = (spec, at) => {
  const placed = placeMatrices(spec, at)
  const huge = placed.flatMap(countTooMany)
  if (huge.length === 0 && !isExpandable(spec)) return refuseWork(spec, at)
  const faults = huge.length > 0 ? huge : placed.flatMap(countTooManyLegs)
  return placed.length === 0 || faults.length > 0 ? faults : checkSum(spec, at)
}

/** Nothing where it is only that one names too many dimensions: the rules of names tell. */
function refuseWork(spec: PipelineSpec, at: string): FieldError[] {
  const { combinations, entries } = measureExpansion(spec)
  const most = expansionLimits
  if (combinations <= most.combinations && entries <= most.entries) return []
  const message =
    combinations > most.combinations
      ? `the matrices make ${combinations} combinations before anything is excluded, at most ${most.combinations} are allowed`
      : `the matrices include and exclude ${entries} combinations, at most ${most.entries} are allowed`
  return [{ path: joinPath(at, 'steps'), code: 'TooLarge', message }]
}

/** A run's status has a row for each step, and its plan every leg. */
function checkSum(spec: PipelineSpec, at: string): FieldError[] {
  const counts = countLegs(spec)
  const sumOf = (steps: readonly { readonly name: string }[]) =>
    steps.reduce((sum, { name }) => sum + (counts.get(name) ?? 1), 0)
  const main = sumOf(spec.steps)
  const all = main + sumOf(spec.finally ?? [])
  const path = joinPath(at, 'steps')
  const hint = 'give fewer values, or exclude combinations'
  if (main > maxSteps || all > maxSteps + maxFinalSteps) {
    const allowed = main > maxSteps ? maxSteps : maxSteps + maxFinalSteps
    const count = main > maxSteps ? main : all
    const message = `a run would have ${count} steps, each leg of a matrix counted; at most ${allowed} are allowed`
    return [{ path, code: 'TooLarge', message, hint }]
  }
  const bytes = measureBytes(JSON.stringify([...expandMatrices(spec).values()]))
  if (bytes <= limits.legBytes) return []
  const message = `the legs of the matrices take ${bytes} bytes in a run, at most ${limits.legBytes} are allowed`
  return [{ path, code: 'TooLarge', message, hint: 'give fewer or shorter values' }]
}

const matrixIncludesWhole = forEachMatrix(({ matrix: { dimensions = {}, include = [] }, at }) => {
  const names = Object.keys(dimensions)
  return include.flatMap((combination, index): FieldError[] => {
    const path = `${at}.include[${index}]`
    const missing = names.filter((name) => !Object.hasOwn(combination, name))
    const unknown = Object.keys(combination).filter((name) => !Object.hasOwn(dimensions, name))
    return [
      ...unknown.map((name) => refuseDimension(toFieldPath(path, name), name, names)),
      ...(missing.length === 0
        ? []
        : [
            { path, code: 'Required' as const, message: `must name every dimension: ${missing.join(', ')} is missing` },
          ]),
    ]
  })
})

function refuseDimension(path: string, name: string, names: readonly string[]): FieldError {
  const nearest = findNearest(name, names)
  const hint = nearest === undefined ? {} : { hint: `did you mean ${nearest}?` }
  return { path, code: 'Invalid', message: `there is no dimension ${quoteValue(name)}`, ...hint }
}

const matrixExcludesWhatExists = forEachMatrix(({ matrix, at }) => {
  const dimensions = new Map(Object.entries(matrix.dimensions ?? {}))
  return (matrix.exclude ?? []).flatMap((combination, index): FieldError[] => {
    const place = `${at}.exclude[${index}]`
    const entries = Object.entries(combination)
    if (entries.length === 0) return [{ path: place, code: 'Required', message: 'must name at least one dimension' }]
    return entries.flatMap(([name, value]): FieldError[] => {
      const path = toFieldPath(place, name)
      const values = dimensions.get(name)
      if (values === undefined) return [refuseDimension(path, name, [...dimensions.keys()])]
      if (values.includes(value)) return []
      const message = `${quoteValue(value)} is no value of the dimension ${quoteValue(name)}`
      return [{ path, code: 'Invalid', message }]
    })
  })
})

const matrixLeavesLegs: SpecRule<PipelineSpec> = (spec, at) =>
  isExpandable(spec) ? placeMatrices(spec, at).flatMap(checkLeft) : []

function checkLeft({ matrix, at }: PlacedMatrix): FieldError[] {
  const count = countProduct(matrix)
  if (count === 0 || count > most || listCombinations(matrix).length > 0) return []
  const message = 'leaves no combination: the step would have nothing to run'
  return [{ path: `${at}.exclude`, code: 'Invalid', message }]
}

/** The rest of a variable behind it would be cut off without a word. */
const matrixValuesFit = forEachMatrix(({ matrix: { dimensions = {}, include = [] }, at }) => {
  const values = [
    ...Object.entries(dimensions).flatMap(([name, list]) =>
      list.map((value, index) => ({ value, path: `${toFieldPath(`${at}.dimensions`, name)}[${index}]` })),
    ),
    ...include.flatMap((combination, index) =>
      Object.entries(combination).map(([name, value]) => ({
        value,
        path: toFieldPath(`${at}.include[${index}]`, name),
      })),
    ),
  ]
  return values
    .filter(({ value }) => value.includes('\0'))
    .map(({ path }) => ({ path, code: 'Invalid', message: 'holds a NUL character, which no process can be given' }))
})

/** All that a matrix must be. A config that came in while nobody judged is looked at again by these when it runs. */
export const matrixRules: readonly SpecRule<PipelineSpec>[] = Object.freeze([
  matrixHasDimensions,
  matrixDimensionsAreNamed,
  matrixIsSmall,
  matrixIncludesWhole,
  matrixExcludesWhatExists,
  matrixLeavesLegs,
  matrixValuesFit,
])
