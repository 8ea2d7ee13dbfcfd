import type { Conditional } from '../../../crds/parts/conditional.ts'
import type { PipelineRunSpec, Plan } from '../../../crds/pipeline-run.ts'
import type { PlannedStep } from '../../../crds/planned-steps.ts'
import type { NeedState } from '../needs.ts'

export type ConditionVerdict =
  | { readonly kind: 'met' }
  /** It does not hold, and never will: `message` says why in one sentence that begins with the field. */
  | { readonly kind: 'unmet'; readonly field: keyof Conditional; readonly message: string }
  /** Told by what is not known yet, or not to who asks. */
  | { readonly kind: 'open' }

/** A step as far as its condition goes; of a pipeline that is not planned yet, the step as it is written. */
export type ConditionedStep = Pick<PlannedStep, 'name' | 'dependsOn' | 'conditional' | 'values'>

/** Of a run what conditions are judged by. Without a plan nothing is known of params, matrix and other steps. */
export interface ConditionedRun {
  readonly spec: Pick<PipelineRunSpec, 'branch' | 'tag' | 'commit' | 'event'> & {
    readonly plan?: Pick<Plan, 'steps' | 'finally' | 'params' | 'matrixDimensions'> | undefined
  }
  /** Values of the params, where there is no plan yet to have them. */
  readonly params?: Readonly<Record<string, string>>
}

/** As much of a step's state as conditions ask about; a row of status.steps fits. */
export interface OutcomeState extends NeedState {
  readonly exitCode?: number | undefined
}

export type StateOf = (name: string) => OutcomeState | undefined

export const met: ConditionVerdict = { kind: 'met' }
export const open: ConditionVerdict = { kind: 'open' }

export function unmet(field: keyof Conditional, why: string): ConditionVerdict {
  return { kind: 'unmet', field, message: `${field}: ${why}` }
}
