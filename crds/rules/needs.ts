import { findCycles, type Graph, renderCycle } from '../../src/lib/dag.ts'
import { type FieldError, quoteValue } from '../../src/lib/field-error.ts'
import { findNearest } from '../../src/lib/nearest.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import { maxHints, type PlacedStep, placeFinalSteps, placeSteps, type SpecRule } from './rule.ts'

/** The steps as a graph, those of `finally` left out. */
export function toGraph({ steps }: PipelineSpec): Graph {
  const needs = new Map(steps.map(({ name, dependsOn = [] }) => [name, dependsOn]))
  return { nodes: () => needs.keys(), needs: (name) => needs.get(name) ?? [] }
}

interface Need {
  readonly name: string
  readonly path: string
  readonly step: string
}

const listNeeds = ({ step, at }: PlacedStep): Need[] =>
  (step.dependsOn ?? []).map((name, index) => ({ name, path: `${at}.dependsOn[${index}]`, step: step.name }))

/** A step of `finally` can share no name with another step; within each list the schema sees to it. */
export const uniqueStepNames: SpecRule<PipelineSpec> = (spec, at) => {
  const places = new Map(placeSteps(spec, at).map((placed) => [placed.step.name, placed.at]))
  return placeFinalSteps(spec, at).flatMap(({ step, at: place }): FieldError[] => {
    const first = places.get(step.name)
    const message = `${quoteValue(step.name)} is the name of ${first} already`
    return first === undefined ? [] : [{ path: `${place}.name`, code: 'Duplicate', message }]
  })
}

export const knownNeeds: SpecRule<PipelineSpec> = (spec, at) => {
  const names = new Set(spec.steps.map(({ name }) => name))
  const finals = new Set(spec.finally?.map(({ name }) => name))
  const unknown = placeSteps(spec, at)
    .flatMap(listNeeds)
    .filter(({ name }) => !names.has(name))
  return unknown.map(({ name, path }, index): FieldError => {
    if (finals.has(name)) return { path, code: 'Invalid', message: `${name} is a step of finally, which runs last` }
    const nearest = index < maxHints ? findNearest(name, names) : undefined
    const hint = nearest === undefined ? {} : { hint: `did you mean ${nearest}?` }
    return { path, code: 'UnknownStep', message: `there is no step ${quoteValue(name)}`, ...hint }
  })
}

/** Steps of `finally` run side by side when all others have ended. */
export const finalStepsWithoutNeeds: SpecRule<PipelineSpec> = (spec, at) =>
  placeFinalSteps(spec, at)
    .filter(({ step }) => (step.dependsOn ?? []).length > 0)
    .map(({ at: place }) => ({
      path: `${place}.dependsOn`,
      code: 'Invalid',
      message: 'a step of finally depends on no other: it runs when all steps have ended',
      hint: 'leave dependsOn out',
    }))

export const noCycles: SpecRule<PipelineSpec> = (spec, at) => {
  const places = new Map(placeSteps(spec, at).map((placed) => [placed.step.name, placed]))
  return findCycles(toGraph(spec)).map((cycle): FieldError => {
    const [first = '', second = first] = cycle
    const placed = places.get(first)
    const index = placed?.step.dependsOn?.indexOf(second) ?? 0
    const message =
      cycle.length === 1
        ? `${first} depends on itself: ${renderCycle(cycle)}`
        : `the steps depend on each other in a circle: ${renderCycle(cycle)}`
    return { path: `${placed?.at ?? at}.dependsOn[${index}]`, code: 'Cycle', message }
  })
}

/** Named twice does no harm, but is most likely a slip for another name. */
export const repeatedNeeds: SpecRule<PipelineSpec> = (spec, at) =>
  placeSteps(spec, at).flatMap((placed) => {
    const needs = listNeeds(placed)
    const first = new Map(needs.toReversed().map(({ name, path }) => [name, path]))
    return needs
      .filter(({ name, path }) => first.get(name) !== path)
      .map(({ name, path }): FieldError => ({ path, code: 'Duplicate', message: `${name} is named twice` }))
  })
