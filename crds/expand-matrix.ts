import { limits } from './defaults.ts'
import { nameByHash } from './names.ts'
import type { Leg, Matrix } from './parts/matrix.ts'
import { maxSteps } from './parts/step.ts'
import type { PipelineSpec } from './pipeline-config.ts'

/** Dimension → value. */
export type Combination = Readonly<Record<string, string>>

/** What of a pipeline its legs depend on. */
export type MatrixSource = Pick<PipelineSpec, 'steps' | 'finally' | 'matrix'>

/** Steps of `finally` that a run may have beside its others. */
export const maxFinalSteps = 20

/** How many combinations the dimensions make, by arithmetic: nothing is excluded, included or even written down. */
export function countProduct({ dimensions = {} }: Matrix): number {
  return Object.values(dimensions).reduce((product, values) => product * values.length, 1)
}

/**
 * The combinations of a matrix, each once: the product of its dimensions in the order of their names (the API server sorts
 * them too), without what is excluded, and then what is included. None where the dimensions alone make more than are allowed.
 */
export function listCombinations(matrix: Matrix): readonly Combination[] {
  const known = lists.get(matrix)
  if (known !== undefined) return known
  const made = combine(matrix)
  lists.set(matrix, made)
  return made
}

/** Rules and plan ask for the same lists, each several times. */
const lists = new WeakMap<Matrix, readonly Combination[]>()

function combine(matrix: Matrix): readonly Combination[] {
  const { dimensions = {}, include = [], exclude = [] } = matrix
  if (countProduct(matrix) > limits.matrixCombinations) return []
  const names = Object.keys(dimensions).toSorted()
  const product = names.reduce<readonly (readonly [string, string][])[]>(
    (rows, name) => rows.flatMap((row) => (dimensions[name] ?? []).map((value) => [...row, [name, value] as const])),
    [[]],
  )
  const without = exclude.map((left) => Object.entries(left))
  const kept = product.filter((row) => {
    const values = new Map(row)
    return !without.some((left) => left.every(([name, value]) => values.get(name) === value))
  })
  const added = include.map((combination) => sortEntries(combination))
  const all = new Map([...kept, ...added].map((row) => [JSON.stringify(row), row]))
  return [...all.values()].map((row) => Object.fromEntries(row))
}

const sortEntries = (values: Combination) => Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1))

export function isSameCombination(a: Combination, b: Combination): boolean {
  return JSON.stringify(sortEntries(a)) === JSON.stringify(sortEntries(b))
}

/** The combinations of the pipeline's own matrix that a run is for; one that matches nothing where there is none. */
function listPipelineCombinations(matrix: Matrix | undefined, only: Combination | undefined): readonly Combination[] {
  if (matrix === undefined) return [{}]
  const all = listCombinations(matrix)
  return only === undefined ? all : all.filter((combination) => isSameCombination(combination, only))
}

/** All combinations that the matrices of a pipeline name, before anything is excluded; and what is excluded or included. */
export const expansionLimits = { combinations: 16 * maxSteps, entries: 4 * maxSteps } as const

function listMatrices({ steps, finally: last = [], matrix }: MatrixSource): readonly Matrix[] {
  const all = [matrix, ...steps.map((step) => step.matrix), ...last.map((step) => step.matrix)]
  return all.filter((one) => one !== undefined)
}

/** What it takes to expand a pipeline, by arithmetic. Nothing beyond expansionLimits is expanded at all. */
export function measureExpansion(source: MatrixSource) {
  const found = listMatrices(source)
  return {
    combinations: found.reduce((sum, one) => sum + countProduct(one), 0),
    entries: found.reduce((sum, { include = [], exclude = [] }) => sum + include.length + exclude.length, 0),
  }
}

export function isExpandable(source: MatrixSource): boolean {
  const { combinations, entries } = measureExpansion(source)
  const isSmall = combinations <= expansionLimits.combinations && entries <= expansionLimits.entries
  return isSmall && listMatrices(source).every(isNarrow)
}

/** The schema says so too, but admission makes a plan before the API server has judged by that. */
function isNarrow({ dimensions = {}, include = [], exclude = [] }: Matrix): boolean {
  return [dimensions, ...include, ...exclude].every((names) => Object.keys(names).length <= maxDimensions)
}

/** A leg keeps the values of both matrices; the schema of a leg has room for this many. */
export const maxDimensions = 16

/** How many legs each step has, by name; 1 for a step without a matrix. */
export function countLegs(source: MatrixSource, only?: Combination): ReadonlyMap<string, number> {
  const times = listPipelineCombinations(source.matrix, only).length
  return new Map([
    ...source.steps.map(({ name, matrix }) => [name, times * countOwn(matrix)] as const),
    ...(source.finally ?? []).map(({ name, matrix }) => [name, countOwn(matrix)] as const),
  ])
}

function countOwn(matrix: Matrix | undefined): number {
  return matrix === undefined ? 1 : listCombinations(matrix).length
}

/**
 * The legs of every step that has some, by name: the pipeline's matrix times its own, for a step of `finally` its own alone.
 * Empty where that makes more than a run can have: then the pipeline is refused.
 */
export function expandMatrices(source: MatrixSource, only?: Combination): ReadonlyMap<string, readonly Leg[]> {
  if (!isExpandable(source)) return new Map()
  const counts = [...countLegs(source, only).values()]
  const sum = counts.reduce((total, count) => total + count, 0)
  if (sum > maxSteps + maxFinalSteps || counts.some((count) => count > limits.matrixCombinations)) return new Map()
  const around = listPipelineCombinations(source.matrix, only)
  const drafts = [
    ...source.steps.flatMap((step) => draftLegs(step, source.matrix === undefined ? undefined : around)),
    ...(source.finally ?? []).flatMap((step) => draftLegs(step, undefined)),
  ]
  const names = [...source.steps, ...(source.finally ?? [])].map(({ name }) => name)
  return groupLegs(drafts, nameLegs(drafts, names))
}

interface DraftLeg {
  readonly step: string
  readonly values: Combination
}

function draftLegs(
  { name, matrix }: MatrixSource['steps'][number],
  around: readonly Combination[] | undefined,
): readonly DraftLeg[] {
  if (matrix === undefined && around === undefined) return []
  const own = matrix === undefined ? [{}] : listCombinations(matrix)
  return (around ?? [{}]).flatMap((outer) => own.map((inner) => ({ step: name, values: { ...outer, ...inner } })))
}

/**
 * `<step>-<values>`; with a hash at its end where that is too long, is the name of a step, or that of another leg too. Then
 * each of these has one, so that a name depends on no order.
 */
function nameLegs(drafts: readonly DraftLeg[], steps: readonly string[]): readonly string[] {
  const plain = drafts.map(({ step, values }) =>
    [
      step,
      ...Object.values(values)
        .map(toPart)
        .filter((part) => part !== ''),
    ].join('-'),
  )
  const uses = new Map<string, number>()
  for (const name of plain) uses.set(name, (uses.get(name) ?? 0) + 1)
  const taken = new Set([...steps, ...plain])
  const reserved = new Set(steps)
  return plain.map((name, index) => {
    const draft = drafts[index]
    const isFree = name.length <= maxName && uses.get(name) === 1 && !reserved.has(name)
    return isFree || draft === undefined ? name : takeHashed(name, draft, taken)
  })
}

/** Of a DNS label, and of a label's value. */
const maxName = 63

function takeHashed(name: string, { step, values }: DraftLeg, taken: Set<string>): string {
  const identity = [step, ...sortEntries(values).flat()]
  let hashed = nameByHash(name, identity)
  while (taken.has(hashed)) {
    identity.push('again')
    hashed = nameByHash(name, identity)
  }
  taken.add(hashed)
  return hashed
}

/** What of a value can stand in a name: `1.21` is `1-21`. */
function toPart(value: string): string {
  return value
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}

function groupLegs(drafts: readonly DraftLeg[], names: readonly string[]): ReadonlyMap<string, readonly Leg[]> {
  const groups = new Map<string, Leg[]>()
  for (const [index, { step, values }] of drafts.entries()) {
    const legs = groups.get(step) ?? []
    groups.set(step, legs)
    legs.push({ name: names[index] ?? step, values })
  }
  return groups
}
