import { sortGraph } from '../src/lib/dag.ts'
import type { PlanStep, Step } from './parts/step.ts'
import type { Plan } from './pipeline-run.ts'
import { type FillValues, fillStepTexts, hasFilledTexts } from './placeholders.ts'

/**
 * A step as it is carried out: of a step with a matrix, one leg. Its name is unique in the run, its needs are names of other
 * planned steps, and nothing is left in it to be filled in.
 */
export interface PlannedStep extends Step {
  /** The step of the pipeline that it is a leg of. */
  readonly of?: string
  /** Dimension → value of the leg. */
  readonly values?: Readonly<Record<string, string>>
}

type StepLists = Pick<Plan, 'steps' | 'finally' | 'params' | 'matrixDimensions'>

interface Expansion {
  readonly main: readonly PlannedStep[]
  readonly last: readonly PlannedStep[]
  readonly all: readonly PlannedStep[]
  readonly byName: ReadonlyMap<string, PlacedPlannedStep>
  /** Names of its legs, by step; a step that has none is its own. */
  readonly legs: ReadonlyMap<string, readonly string[]>
}

export interface PlacedPlannedStep {
  readonly step: PlannedStep
  readonly isFinally: boolean
}

/** A plan never changes, and is asked for its steps often. */
const expansions = new WeakMap<StepLists, Expansion>()

/** The steps that are carried out first, in plan order. */
export function listMainSteps(plan: StepLists): readonly PlannedStep[] {
  return expand(plan).main
}

/** The steps that are carried out at the end. */
export function listFinallySteps(plan: StepLists): readonly PlannedStep[] {
  return expand(plan).last
}

export function listPlannedSteps(plan: StepLists): readonly PlannedStep[] {
  return expand(plan).all
}

/** The planned step of that name, however many there are. */
export function findPlannedStep(plan: StepLists, name: string): PlacedPlannedStep | undefined {
  return expand(plan).byName.get(name)
}

/** Names of the planned steps that a step of the pipeline is carried out as: its legs, or itself. */
export function listLegNames(plan: StepLists, of: string): readonly string[] {
  return expand(plan).legs.get(of) ?? [of]
}

/**
 * Names of all planned steps, each after all that it depends on, and those of finally last: they may ask how all others ended.
 * Told from the pipeline's steps, which are fewer.
 */
export function listStepOrder(plan: StepLists): readonly string[] {
  const { steps, finally: last = [] } = plan
  const needs = new Map(steps.map(({ name, dependsOn }) => [name, dependsOn ?? []]))
  const { order } = sortGraph({ nodes: () => needs.keys(), needs: (name) => needs.get(name) ?? [] })
  return [...order, ...last.map(({ name }) => name)].flatMap((name) => listLegNames(plan, name))
}

function expand(plan: StepLists): Expansion {
  const before = expansions.get(plan)
  if (before !== undefined) return before
  const main = expandList(plan.steps, plan)
  const last = expandList(plan.finally ?? [], plan)
  const byName = new Map<string, PlacedPlannedStep>([
    ...last.map((step) => [step.name, { step, isFinally: true }] as const),
    ...main.map((step) => [step.name, { step, isFinally: false }] as const),
  ])
  const steps = [...plan.steps, ...(plan.finally ?? [])]
  const legs = new Map(steps.map(({ name, legs: found }) => [name, found?.map((leg) => leg.name) ?? [name]]))
  const made = { main, last, all: [...main, ...last], byName, legs }
  expansions.set(plan, made)
  return made
}

function expandList(steps: readonly PlanStep[], plan: StepLists): readonly PlannedStep[] {
  const wire = createWiring(steps, plan.matrixDimensions ?? [])
  return steps.flatMap((step) => expandStep(step, wire, plan.params ?? {}))
}

function expandStep(planned: PlanStep, wire: Wiring, params: FillValues['params']): readonly PlannedStep[] {
  const { legs, dependsOn, ...rest } = planned
  const isFilled = hasFilledTexts(rest)
  const fill = (matrix: FillValues['matrix']): Step => (isFilled ? fillStepTexts(rest, { params, matrix }) : rest)
  const needs = (values: FillValues['matrix']) =>
    dependsOn === undefined ? {} : { dependsOn: wire(dependsOn, values) }
  if (legs === undefined) return [{ ...fill({}), ...needs({}) }]
  return legs.map(({ name, values }) => ({ ...fill(values), name, ...needs(values), of: rest.name, values }))
}

/** The planned steps that stand for the needs of a leg with these values. Legs with the same answer share the list. */
type Wiring = (dependsOn: readonly string[], values: FillValues['matrix']) => string[]

function createWiring(steps: readonly PlanStep[], dimensions: readonly string[]): Wiring {
  const legsOf = new Map(steps.map(({ name, legs }) => [name, groupLegs(name, legs, dimensions)]))
  const lists = new Map<readonly string[], Map<string, string[]>>()
  return (dependsOn, values) => {
    const wired = lists.get(dependsOn) ?? new Map<string, string[]>()
    lists.set(dependsOn, wired)
    const key = toKey(values, dimensions)
    const list = wired.get(key) ?? dependsOn.flatMap((need) => legsOf.get(need)?.(key) ?? [need])
    wired.set(key, list)
    return list
  }
}

/** Of a step's legs, those of the given combination of the pipeline's own matrix; all of them where none is of it. */
function groupLegs(name: string, legs: PlanStep['legs'], dimensions: readonly string[]) {
  if (legs === undefined) return () => [name]
  const groups = Map.groupBy(legs, ({ values }) => toKey(values, dimensions))
  return (key: string) => (groups.get(key) ?? legs).map((leg) => leg.name)
}

function toKey(values: FillValues['matrix'], dimensions: readonly string[]): string {
  return dimensions.length === 0 ? '' : JSON.stringify(dimensions.map((name) => values[name]))
}
