import type { FieldError } from '../../src/lib/field-error.ts'
import { findNearest } from '../../src/lib/nearest.ts'
import type { FactNeeds } from '../facts.ts'
import type { StepPart } from './pipeline-parts.ts'

/** The configs there are, where a step calls one. */
export function planCalledReads(steps: readonly StepPart[]): FactNeeds {
  return steps.some(({ call }) => call !== undefined) ? { configNames: true } : {}
}

/** Calls of pipelines that are not there; for a config that may still come, for a run it is too late. */
export function findMissingCalls(steps: readonly StepPart[], names: readonly string[] | undefined): FieldError[] {
  if (names === undefined) return []
  const known = new Set(names)
  return steps.flatMap(({ path, call }): FieldError[] => {
    if (call === undefined || known.has(call)) return []
    const nearest = findNearest(call, names)
    const hint =
      nearest === undefined ? 'a call names a PipelineConfig of the same namespace' : `did you mean ${nearest}?`
    const message = `PipelineConfig "${call}" does not exist`
    return [{ path: `${path}.pipeline.configRef`, code: 'NotFound', message, hint }]
  })
}

/** Longer circles are found when the runs are made: the configs of one may come in any order. */
export function refuseSelfCalls(steps: readonly StepPart[], config: string): FieldError[] {
  return steps
    .filter(({ call }) => call === config)
    .map(({ path }) => ({
      path: `${path}.pipeline.configRef`,
      code: 'Cycle',
      message: `the pipeline calls itself: ${config} → ${config}`,
    }))
}
