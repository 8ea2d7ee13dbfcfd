import type { PipelineRun } from '../../crds/kinds.ts'
import { nameCall } from '../../crds/names.ts'
import { findPlannedStep, listPlannedSteps } from '../../crds/planned-steps.ts'
import { isUnapproved } from '../../crds/trust.ts'
import { renderCycle } from '../../src/lib/dag.ts'
import type { FieldError } from '../../src/lib/field-error.ts'
import { isSameJson } from '../../src/lib/json-equal.ts'
import { toCanonicalRepository } from '../../src/lib/repository.ts'
import type { Facts } from '../facts.ts'
import { toText } from '../json.ts'
import { type CallClaim, deepestCall, findCall, listCallers } from '../mutate/called-run.ts'
import { type RunSource, readSpec } from '../mutate/run-source.ts'
import type { StepOfRun } from '../mutate/step-job.ts'
import type { AdmissionRequest } from '../request.ts'
import { validateStepApproval, validateTurn } from './step-job.ts'

const at = 'spec.parent'

/** A called run is one that the frozen plan of its caller has, when its turn has come, and nobody but c8s makes it. */
export function validateCall(
  request: AdmissionRequest,
  source: RunSource | undefined,
  facts: Facts,
): readonly FieldError[] {
  if (readSpec(request)['parent'] === undefined) return []
  const claim = findCall(request)
  if (claim === undefined) {
    const message = 'only c8s itself makes the run that a step of another run is'
    return [{ path: at, code: 'Forbidden', message, hint: 'leave it out' }]
  }
  const { runs, gone } = listCallers(request, facts)
  const [caller] = runs
  if (gone !== undefined || caller === undefined) return [refuseGone(gone ?? claim.name)]
  const found = findCaller(caller, claim)
  if (found === undefined) {
    return [
      {
        path: `${at}.step`,
        code: 'NotInPlan',
        message: `the plan of PipelineRun "${claim.name}" has no call "${claim.step}"`,
      },
    ]
  }
  return [
    ...validateWay(request, runs),
    ...validateOrder(request, found),
    ...validateRepository(caller, source),
    ...refuseUntrusted(found),
    ...[...validateTurn(found), ...validateStepApproval(found)].map((error) => ({ ...error, path: `${at}.step` })),
  ]
}

function refuseGone(name: string): FieldError {
  return { path: at, code: 'NotFound', message: `PipelineRun "${name}", which called it, does not exist any more` }
}

function findCaller(run: PipelineRun, { step: name }: CallClaim): StepOfRun | undefined {
  const { plan } = run.spec
  const step = plan === undefined ? undefined : findPlannedStep(plan, name)?.step
  return plan === undefined || step?.pipeline === undefined ? undefined : { run, plan, step }
}

/** A pipeline that calls itself, over however many others, would never end. */
function validateWay(request: AdmissionRequest, callers: readonly PipelineRun[]): readonly FieldError[] {
  const path = 'spec.pipelineConfigRef'
  const ref = toText(readSpec(request)['pipelineConfigRef']) ?? ''
  const names = callers.map(({ spec, metadata }) => spec.pipelineConfigRef ?? metadata.name ?? '').toReversed()
  const isCircle = callers.some(({ spec }) => spec.pipelineConfigRef === ref)
  if (isCircle) {
    const circle = names.slice(names.lastIndexOf(ref))
    return [{ path, code: 'Cycle', message: `pipelines call each other in a circle: ${renderCycle(circle)}` }]
  }
  const way = [...names, ref].join(' → ')
  if (callers.length >= deepestCall) {
    const message = `at most ${deepestCall} pipelines may call each other in a row, and these do: ${way}`
    return [{ path, code: 'TooLarge', message }]
  }
  const count = callers.reduce((product, caller) => product * countCalls(caller), 1)
  if (count <= mostCalls) return []
  const message = `${way} would be ${count} runs, each call of a matrix counted; at most ${mostCalls} are allowed below one run`
  return [{ path, code: 'TooLarge', message, hint: 'call fewer pipelines, or with fewer values in a matrix' }]
}

/**
 * How many runs may be called at one depth below a run. Five in a row, each with a thousand calls, would fill any cluster. Told from
 * the frozen plans of the runs above, so it needs no counting, and no two replicas differ.
 */
const mostCalls = 1000

function countCalls({ spec: { plan } }: PipelineRun): number {
  return plan === undefined ? 0 : listPlannedSteps(plan).filter(({ pipeline }) => pipeline !== undefined).length
}

/** Name, owner, pipeline and params are those of the plan. */
function validateOrder({ object }: AdmissionRequest, { run, step }: StepOfRun): readonly FieldError[] {
  const { name = '', uid = '' } = run.metadata
  const { spec, metadata } = object as PipelineRun
  const wanted = nameCall({ run: name, runUid: uid, step: step.name, attempt: 1 })
  const isOwned = metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.controller === true) === true
  const wrong = [
    ...(metadata.name === wanted ? [] : ['metadata.name']),
    ...(isOwned ? [] : ['metadata.ownerReferences']),
    ...(spec.pipelineConfigRef === step.pipeline?.configRef ? [] : ['spec.pipelineConfigRef']),
    ...(isSameJson(spec.params ?? {}, step.pipeline?.params ?? {}) ? [] : ['spec.params']),
  ]
  const message = `is not what the plan of PipelineRun "${name}" says for step "${step.name}"`
  return wrong.map((path) => ({ path, code: 'NotInPlan', message }))
}

/** The commit of one repository is in no other. */
function validateRepository({ spec }: PipelineRun, source: RunSource | undefined): readonly FieldError[] {
  const own = source?.pipeline.repository
  const callers = spec.plan?.repository ?? ''
  if (own === undefined || toCanonicalRepository(own) === toCanonicalRepository(callers)) return []
  const message = `the pipeline is of another repository (${own}) than the run that calls it (${callers})`
  return [
    { path: 'spec.pipelineConfigRef', code: 'Invalid', message, hint: 'a called pipeline runs at the same commit' },
  ]
}

/** The controller holds such a run back; this holds whatever the controller does. */
function refuseUntrusted({ run, plan, step }: StepOfRun): readonly FieldError[] {
  if (!isUnapproved(run)) return []
  const message = `step "${step.name}" calls a pipeline, but ${plan.untrusted?.message ?? 'nobody has approved the commit'}`
  return [{ path: at, code: 'ApprovalRequired', message }]
}
