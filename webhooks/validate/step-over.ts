import { labels } from '../../crds/labels.ts'
import { isFinal } from '../../src/engine/needs.ts'
import type { FieldError } from '../../src/lib/field-error.ts'
import type { StepOfRun } from '../mutate/step-job.ts'

const path = `metadata.labels[${labels.step}]`

/** A step that has ended is not done again, nor is one whose result was taken over; each attempt before that is a Job of its own. */
export function refuseOver({ run, plan, step }: StepOfRun): readonly FieldError[] {
  const reused = plan.reused?.find((each) => each.step === step.name)
  if (reused !== undefined) {
    return [{ path, code: 'NotInPlan', message: `step "${step.name}" is taken over from run "${reused.run}"` }]
  }
  const row = run.status?.steps?.find(({ name }) => name === step.name)
  if (row === undefined || !isFinal(row)) return []
  return [{ path, code: 'Forbidden', message: `step "${step.name}" has ended (${row.phase})` }]
}
