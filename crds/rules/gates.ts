import type { FieldError } from '../../src/lib/field-error.ts'
import type { Step } from '../parts/step.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import { forEachStep, placeFinalSteps, type SpecRule } from './rule.ts'
import { checkTimeout } from './timeouts.ts'

/** What a step without a pod of its own may have. */
const gateFields = ['name', 'dependsOn', 'conditional', 'approval'] as const satisfies readonly (keyof Step)[]
const callFields = [...gateFields, 'pipeline', 'matrix'] as const satisfies readonly (keyof Step)[]

/** A field that would be ignored is refused: of a call, the called pipeline says how its steps run. */
export const gatesHaveNoPod = forEachStep(({ step, at }): readonly FieldError[] => {
  if (step.pipeline !== undefined) {
    return refuseFields(step, callFields).map((field) => ({
      path: `${at}.${field}`,
      code: 'Invalid',
      message: 'has no meaning in a step that calls a pipeline: the called pipeline says how its steps run',
      hint: `leave it out, or do that in a step that depends on this one`,
    }))
  }
  if (step.approval === undefined || step.image !== undefined || step.commands !== undefined) return []
  return refuseFields(step, gateFields).map((field) => ({
    path: `${at}.${field}`,
    code: 'Invalid',
    message: 'has no meaning in a step that only waits for an approval',
    hint: 'leave it out, or give image and commands',
  }))
})

function refuseFields(step: Step, allowed: readonly string[]): readonly string[] {
  return Object.entries(step).flatMap(([field, value]) =>
    value === undefined || allowed.includes(field) ? [] : [field],
  )
}

export const approvalsCanBeGiven = forEachStep(({ step: { approval }, at }): readonly FieldError[] => {
  if (approval === undefined) return []
  const nameless = (approval.approvers ?? []).flatMap((approver, index) =>
    /^group:\s*$/.test(approver) ? [index] : [],
  )
  return [
    ...checkTimeout(approval.timeout, `${at}.approval.timeout`),
    ...nameless.map((index): FieldError => {
      const message = 'must name the group, such as group:release-managers'
      return { path: `${at}.approval.approvers[${index}]`, code: 'Invalid', message }
    }),
  ]
})

/** Nothing stops finally steps, so nothing would end their wait. */
export const finalStepsWaitForNobody: SpecRule<PipelineSpec> = (spec, at) =>
  placeFinalSteps(spec, at).flatMap(({ step: { approval }, at: place }): readonly FieldError[] => {
    if (approval === undefined) return []
    const message = 'a finally step cannot wait for an approval: a cancelled run would never end'
    return [{ path: `${place}.approval`, code: 'Invalid', message, hint: 'put the step under steps' }]
  })
