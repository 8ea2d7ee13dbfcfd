import type { PipelineRun } from '../../crds/kinds.ts'
import { stepsNetworkPolicy } from '../../crds/labels.ts'
import type { PipelineSpec } from '../../crds/pipeline-config.ts'
import { freezePlan } from '../../crds/plan.ts'
import { judgeOwnJob } from '../../crds/policy/own-jobs.ts'
import { judgePlan } from '../../crds/policy/steps.ts'
import { isUnapproved } from '../../crds/trust.ts'
import { applyUsual } from '../../crds/usual.ts'
import type { FieldError } from '../../src/lib/field-error.ts'
import type { Job } from '../../src/lib/kubernetes.ts'
import type { Facts } from '../facts.ts'
import type { StepOfRun } from '../mutate/step-job.ts'
import { findUsualAmounts, type NamespaceSetting, toTerms } from '../setting.ts'
import { validateLimits } from './limit-range.ts'

/** What policy and LimitRanges of the namespace say of a new run. `at` is where its steps stand. */
export function validateRunPolicy(run: PipelineRun, at: string, facts: Facts): readonly FieldError[] {
  const { plan } = run.spec
  const broken = refuseUnusable(facts.setting)
  if (plan === undefined || broken.length > 0) return broken
  return [
    ...judgePlan(plan, { at, what: 'the run' }, toTerms(facts, isUnapproved(run))),
    ...validateLimits(plan, at, facts.setting?.limitRanges ?? []),
  ]
}

/** The same of a config, to be told as warnings: its runs are what is refused. */
export function warnOfPolicy(spec: PipelineSpec, facts: Facts): readonly FieldError[] {
  const broken = refuseUnusable(facts.setting)
  if (broken.length > 0) return broken
  const plan = freezePlan(applyUsual(spec, findUsualAmounts(facts, false)))
  return [
    ...judgePlan(plan, { at: 'spec', what: 'a run of it' }, toTerms(facts, false)),
    ...validateLimits(plan, 'spec', facts.setting?.limitRanges ?? []),
  ]
}

/** Judged again when a step's turn has come: the policy of that moment counts. */
export function validateStepPolicy({ run, step, plan }: StepOfRun, facts: Facts): readonly FieldError[] {
  const broken = refuseUnready(facts.setting)
  if (broken.length > 0) return broken
  const alone = { steps: [step], timeoutSeconds: 0 }
  const judged = judgePlan(alone, { at: 'spec.template', what: 'the run' }, toTerms(facts, isUnapproved(run)))
  const by = plan.policy === undefined ? '' : ` (the run was judged by ${plan.policy} when it was created)`
  return judged.map((error) => ({ ...error, path: 'spec.template', message: `${error.message}${by}` }))
}

export function validateOwnJobPolicy(job: Job, facts: Facts): readonly FieldError[] {
  const broken = refuseUnready(facts.setting)
  if (broken.length > 0) return broken
  const { policy } = facts.setting ?? {}
  return policy?.kind === 'usable' ? judgeOwnJob(job, policy) : []
}

/** Fails closed: an administrator wanted a policy here, and nobody knows what it would have said. */
function refuseUnusable(setting: NamespaceSetting | undefined): readonly FieldError[] {
  if (setting?.policy?.kind !== 'unusable') return []
  const { name, message } = setting.policy
  return [
    {
      path: 'metadata.namespace',
      code: 'PolicyUnusable',
      message: `namespace "${setting.namespace}" is under policy "${name}", which cannot be used: ${message}`,
      hint: 'an administrator of the cluster has to put it right',
    },
  ]
}

/** Nothing starts before the NetworkPolicy that is to hold it is there. */
function refuseUnready(setting: NamespaceSetting | undefined): readonly FieldError[] {
  const broken = refuseUnusable(setting)
  if (broken.length > 0 || setting?.hasNetworkPolicy !== false) return broken
  const message = `namespace "${setting.namespace}" has no NetworkPolicy "${stepsNetworkPolicy}" yet, which its policy asks for and c8s makes`
  return [{ path: 'metadata.namespace', code: 'Conflict', message, hint: 'create the Job again' }]
}
