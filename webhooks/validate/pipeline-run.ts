import type { PipelineRun } from '../../crds/kinds.ts'
import { validateReferred } from '../../crds/pipeline-run.rules.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import { hashPlan } from '../../crds/plan-hash.ts'
import type { Validators } from '../../crds/validate.ts'
import type { FieldError, Verdict } from '../../src/lib/field-error.ts'
import { isSameJson } from '../../src/lib/json-equal.ts'
import type { FactNeeds, Facts } from '../facts.ts'
import { pickText, toRecord } from '../json.ts'
import { findCall } from '../mutate/called-run.ts'
import { inheritRun } from '../mutate/inherit-run.ts'
import { isStamped } from '../mutate/pipeline-run.ts'
import { findRerunFaults } from '../mutate/rerun.ts'
import { listRunSteps, toRunAsker } from '../mutate/run-asker.ts'
import { freezeRunPlan, planRunReads } from '../mutate/run-plan.ts'
import { findAskedPriority } from '../mutate/run-priority.ts'
import { findEvent, findRunSource, type RunSource, readSpec, toIdentity } from '../mutate/run-source.ts'
import type { AdmissionRequest } from '../request.ts'
import { joinVerdicts, toErrors } from '../verdict.ts'
import { planApprovalReads, validateApprover } from './approval.ts'
import { validateCall } from './called-run.ts'
import { findMissingCalls, planCalledReads } from './calls.ts'
import { isAheadOfConfig, judgeMissing } from './missing-config.ts'
import { listSteps } from './pipeline-parts.ts'
import { validateRunPolicy } from './policy.ts'
import { validatePriority } from './priority.ts'
import { validateQuota } from './quota.ts'
import { refuseWaiting } from './room.ts'
import { validateEvent } from './run-event.ts'
import { validateSecrets } from './secrets.ts'
import { planStepApprovalReads, refuseEarlyWords, validateStepApprovers } from './step-approvals.ts'
import { validateWorkspaceQuota } from './workspace-quota.ts'

/** What the verdict on a run depends on. On an update only who approves is asked about: else a run's spec stays as it is. */
export function planRunVerdictReads(sent: AdmissionRequest, facts: Facts): FactNeeds {
  if (sent.operation !== 'CREATE') return { ...planApprovalReads(sent), ...planStepApprovalReads(sent) }
  const request = inheritRun(sent, facts)
  const needs = planRunReads(request, facts)
  // An event must have come in by a connection that is there, whatever a watch still knows.
  const connections = findEvent(request)?.connection === undefined ? {} : { connections: 'live' as const }
  const isMissing =
    needs.config !== undefined && facts.configs.has(needs.config) && facts.configs.get(needs.config) === undefined
  const source = findRunSource(request, facts)
  const called = source === undefined ? {} : planCalledReads(listRunSteps(request, source, ''))
  return { ...needs, ...connections, quotas: true, ...called, ...(isMissing ? { configNames: true } : {}) }
}

export function validateRun(sent: AdmissionRequest, facts: Facts, validators: Validators): Verdict {
  const own = validators.validatePipelineRun(sent.object, sent.oldObject)
  if (sent.operation !== 'CREATE') {
    const approvers = [...validateApprover(sent, facts), ...validateStepApprovers(sent, facts)]
    return joinVerdicts(own, toErrors(approvers))
  }
  const request = inheritRun(sent, facts)
  const source = findRunSource(request, facts)
  const judged = joinVerdicts(
    own,
    toErrors(refuseEarlyWords(request)),
    toErrors(validateCall(request, source, facts)),
    toErrors(findRerunFaults(sent, facts, () => freezeRunPlan(request, facts))),
    toErrors(findCall(request) === undefined ? validateEvent(request, source, facts) : []),
    source === undefined ? judgeMissing(request, facts) : validateSource(request, source, facts),
  )
  if (judged.errors.length > 0 || isAheadOfConfig(request, facts)) return judged
  const unstamped = refuseUnstamped(sent, facts)
  return joinVerdicts(
    judged,
    toErrors(unstamped.length > 0 || source === undefined ? unstamped : judgeRun(source, sent, facts)),
  )
}

/** By policy and LimitRanges, now that the plan is known to be c8s's own. */
function judgeRun(source: RunSource, request: AdmissionRequest, facts: Facts): readonly FieldError[] {
  const [run, at] = [request.object as PipelineRun, toPlanPath(source)]
  const judged = validateRunPolicy(run, at, facts)
  // The run that called it was let in: what is left of that waits as its other steps do.
  if (judged.length > 0 || findCall(request) !== undefined) return judged
  return refuseWaiting(run, source.config === undefined ? at : 'spec.pipelineConfigRef', facts)
}

function toPlanPath({ config }: RunSource): string {
  return config === undefined ? 'spec.pipelineSpec' : 'spec.plan'
}

function validateSource(request: AdmissionRequest, source: RunSource, facts: Facts): Verdict {
  const at = toPlanPath(source)
  const isRunnable = source.config === undefined ? [] : validateReferred(source.pipeline, toIdentity(request))
  return joinVerdicts(
    toErrors(isRunnable),
    toErrors(findMissingCalls(listRunSteps(request, source, at), facts.configNames)),
    validateSecrets(listRunSteps(request, source, at), toRunAsker(request, source, facts), facts),
    toErrors(validatePriority(findAskedPriority(request, source), facts)),
    toErrors(
      validateQuota(listSteps(readSpec(request)['plan'], at), facts.quotas ?? [], {
        ...pickText('priorityClass', toRecord(toRecord(readSpec(request)['plan'])['priority'])['className']),
        teamQuotas: facts.queueing?.teamQuotas ?? [],
      }),
    ),
    toErrors(validateWorkspaceQuota(source.pipeline, at, facts.quotas ?? [])),
  )
}

/**
 * A replica that is on its way out sends the API server elsewhere between its two calls. Who changes a plan on the way does not seal
 * it anew; and if somebody does, it is not let through either.
 */
function isOfAnotherVersion(sent: Plan | undefined, own: Plan | undefined): boolean {
  return sent?.hash !== undefined && sent.hash !== own?.hash && sent.hash === hashPlan(sent)
}

/** Clocks of API server and c8s may differ by this much, in milliseconds. */
const clockTolerance = 300_000

/** The last look: whatever was between the two webhooks, what is stored is what c8s froze and stamped. */
function refuseUnstamped(request: AdmissionRequest, facts: Facts): readonly FieldError[] {
  const { spec } = request.object as PipelineRun
  const stampedAt = Date.parse(spec.triggeredAt ?? '')
  if (isStamped(request, facts) && Math.abs(stampedAt - facts.now) < clockTolerance) return []
  const plan = freezeRunPlan(request, facts)
  const hasMoved = (['source', 'clone', 'policy', 'priority'] as const).some(
    (part) => !isSameJson(spec.plan?.[part], plan?.[part]),
  )
  if (spec.plan !== undefined && hasMoved) {
    const message =
      'its PipelineConfig, RepositoryConnection, policy or PriorityClass was changed while the run was being created'
    return [{ path: 'spec.plan', code: 'Conflict', message, hint: 'create the run again' }]
  }
  if (isOfAnotherVersion(spec.plan, plan)) {
    const message = 'another version of c8s froze the plan than looks at it now, as while c8s-admission is replaced'
    return [{ path: 'spec.plan', code: 'Conflict', message, hint: 'create the run again' }]
  }
  const message = 'plan and stamps are not what c8s wrote: something changed them on the way'
  return [{ path: 'spec.plan', code: 'Forbidden', message, hint: 'look for another mutating webhook on pipelineruns' }]
}
