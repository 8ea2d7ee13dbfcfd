import { type FieldError, joinPath } from '../../src/lib/field-error.ts'
import type { Step } from '../parts/step.ts'
import type { PipelineSpec } from '../pipeline-config.ts'

/** One thing that must hold across fields; `at` is the path of the spec, such as `spec` or `spec.pipelineSpec`. */
export type SpecRule<T> = (spec: T, at: string) => readonly FieldError[]

export interface PlacedStep {
  readonly step: Step
  readonly at: string
}

/** Hints cost a comparison with every known name; that many are worth it. */
export const maxHints = 20

export function placeSteps({ steps }: PipelineSpec, at: string): PlacedStep[] {
  return steps.map((step, index) => ({ step, at: joinPath(at, `steps[${index}]`) }))
}

export function placeFinalSteps({ finally: final = [] }: PipelineSpec, at: string): PlacedStep[] {
  return final.map((step, index) => ({ step, at: joinPath(at, `finally[${index}]`) }))
}

export function placeAllSteps(spec: PipelineSpec, at: string): PlacedStep[] {
  return [...placeSteps(spec, at), ...placeFinalSteps(spec, at)]
}

/** A rule about one step, as a rule about the pipeline. */
export function forEachStep(check: (placed: PlacedStep) => readonly FieldError[]): SpecRule<PipelineSpec> {
  return (spec, at) => placeAllSteps(spec, at).flatMap(check)
}

/** The items whose name an earlier one has, with the place of that earlier one. */
export function findRepeated<T extends { readonly name: string; readonly at: string }>(
  items: readonly T[],
): { readonly item: T; readonly first: T }[] {
  const seen = new Map<string, T>()
  return items.flatMap((item) => {
    const first = seen.get(item.name)
    if (first !== undefined) return [{ item, first }]
    seen.set(item.name, item)
    return []
  })
}

export function measureBytes(text: string): number {
  return Buffer.byteLength(text)
}
