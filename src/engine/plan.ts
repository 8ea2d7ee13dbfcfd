import type { PipelineRunStatus, Plan } from '../../crds/pipeline-run.ts'
import type { Instant } from '../lib/clock.ts'
import { findWithheldNeed } from './approval.ts'
import { diffStatus, obstacles } from './events.ts'
import { renderJob } from './job/job.ts'
import { isFinal } from './needs.ts'
import { findPause, isPauseNoted } from './pause.ts'
import { findPlanFault } from './plan-fault.ts'
import { planFinal } from './plan-final.ts'
import { rules } from './rules/registry.ts'
import { type JobCreation, nothingToDo, type RunPlan, type Urgency } from './run-plan.ts'
import { settleSteps } from './settle.ts'
import type { Snapshot } from './snapshot.ts'
import { isRunFinal, type RunVerdict, renderRunStatus } from './status/run-status.ts'
import { foldSteps } from './step/fold-steps.ts'
import { orderCall } from './step/order-call.ts'
import type { StepState } from './step/step-state.ts'
import { findDeadline, findStartTime, findStopping } from './stopping.ts'
import type { Outcome, RunView } from './view.ts'
import { hasHadPod, planWorkspace } from './workspace.ts'

/** Decides what happens next to a run, by what is known of it now. */
export function planRun(snapshot: Snapshot): RunPlan {
  const { run } = snapshot
  if (run.metadata.deletionTimestamp !== undefined) return nothingToDo
  if (isRunFinal(run.status?.phase)) return { ...nothingToDo, ...planFinal(snapshot) }
  const fault = findPlanFault(run)
  if (fault !== undefined || run.spec.plan === undefined) return planFault(snapshot, fault)
  const view = gatherView(snapshot, run.spec.plan)
  return renderPlan(view, decideOutcome(view))
}

function planFault(snapshot: Snapshot, fault: ReturnType<typeof findPlanFault>): RunPlan {
  const { reason, message } = fault ?? { reason: 'PlanMissing', message: 'spec.plan is missing' }
  const status = renderRunStatus(snapshot, { verdict: { phase: 'Failed', reason, message }, steps: [] })
  return { ...nothingToDo, status, events: diffStatus(snapshot.run.status, status) }
}

function gatherView(snapshot: Snapshot, plan: Plan): RunView {
  const folded = foldSteps(snapshot, plan)
  const isMainOver = folded.every((state) => state.isFinally || state.isRecorded)
  const withheld = findWithheldNeed(snapshot.run)
  const isWithheld = withheld !== undefined
  const settling = { snapshot, plan, isWithheld, hasBegun: findStartTime(snapshot) !== undefined }
  const going = settleSteps(folded, settling)
  const pause = findPause(snapshot, going)
  const deadline = findDeadline(plan, findStartTime(snapshot), pause.lengthMs)
  const stopping = findStopping(snapshot, deadline)
  // A stop that comes when only finally steps are left has nothing to stop, but for a run that may not even begin.
  const effective = isMainOver && !isWithheld && !isStoppingKnown(snapshot) ? undefined : stopping
  const steps = effective === undefined ? going : settleSteps(folded, { ...settling, stopping: effective })
  const isRunning = !isMainOver && !pause.isOn
  const { pausedSeconds } = pause
  return {
    snapshot,
    plan,
    steps,
    stopping: effective,
    withheld,
    pausedSeconds,
    deadline: isRunning ? deadline : undefined,
  }
}

function isStoppingKnown({ run }: Snapshot): boolean {
  return run.status?.conditions?.some(({ type }) => type === 'Stopping') === true
}

function decideOutcome(view: RunView): Outcome {
  for (const rule of rules) {
    const outcome = rule.decide(view)
    if (outcome !== undefined) return outcome
  }
  throw new Error('no planner rule answered: the last one must')
}

function renderPlan(view: RunView, outcome: Outcome): RunPlan {
  const { snapshot, steps } = view
  const verdict: RunVerdict = { phase: outcome.phase, reason: outcome.reason, message: outcome.message }
  const { stopping, pausedSeconds } = view
  const startTime = findStartTime(snapshot)
  const status = renderRunStatus(snapshot, { verdict, steps, startTime, stopping, pausedSeconds })
  const starting = new Set(outcome.start)
  const started = steps.filter(({ step }) => starting.has(step.name))
  const creations = started.filter(({ step }) => step.pipeline === undefined).map((state) => toCreation(view, state))
  return {
    creations,
    calls: started.flatMap(({ step, nextAttempt = 1 }) =>
      orderCall({ run: { ...snapshot.run, status }, step, attempt: nextAttempt }),
    ),
    ...planWorkspace(snapshot.run, {
      isStarting: creations.length > 0 && !steps.some(hasHadPod),
      isOver: isRunFinal(outcome.phase),
    }),
    stops: steps.flatMap(({ unwanted }) => unwanted),
    nudges: steps.filter(isWaitingForRoom).flatMap(({ jobName }) => jobName ?? []),
    status,
    isStatusFirst: started.some(needsStatusFirst),
    urgency: started.some(takesPlace) ? 'now' : judgeUrgency(snapshot.run.status, status),
    events: diffStatus(snapshot.run.status, status),
    wakeAt: isRunFinal(outcome.phase) ? undefined : findWakeAt(view),
  }
}

function judgeUrgency(before: PipelineRunStatus | undefined, after: PipelineRunStatus): Urgency {
  if (isRunFinal(after.phase) || listNews(before) !== listNews(after)) return 'now'
  if (isPauseNoted(before) !== isPauseNoted(after) || hasNewPullProblem(before, after)) return 'counted'
  if ((before?.queue === undefined) !== (after.queue === undefined)) return 'soon'
  const words = (status: PipelineRunStatus | undefined) =>
    status?.steps?.map(({ phase, reason }) => `${phase} ${obstacles.has(reason ?? '') ? reason : ''}`).join()
  return words(before) === words(after) ? 'late' : 'soon'
}

/** Kubelets before 1.31 say only at the first try why an image cannot be pulled: later, only the status knows. */
function hasNewPullProblem(before: PipelineRunStatus | undefined, after: PipelineRunStatus): boolean {
  const troubled = after.steps?.filter(({ reason }) => reason === 'ImagePull') ?? []
  const known = new Set(before?.steps?.flatMap(({ name, reason }) => (reason === 'ImagePull' ? [name] : [])))
  return troubled.some(({ name }) => !known.has(name))
}

/** What somebody waits for, or counts by. */
function listNews(status: PipelineRunStatus | undefined): string {
  const { progress, pausedSeconds, conditions } = status ?? {}
  return [progress, pausedSeconds, countEarlier(status), conditions?.length].join()
}

/** Attempts that are over are counted by the status alone, so it tells of one before the next is made. */
function countEarlier(status: PipelineRunStatus | undefined): number {
  return status?.steps?.reduce((sum, { attempts = [] }) => sum + attempts.length, 0) ?? 0
}

function needsStatusFirst(state: StepState): boolean {
  const { step, isFinally, nextAttempt = 1 } = state
  return isFinally || hasNeeds(step) || nextAttempt > 1 || takesPlace(state)
}

/** Who counts the legs that are under way looks into the status for those whose Job no cache shows yet. */
function takesPlace({ step }: StepState): boolean {
  return step.matrix?.maxParallel !== undefined
}

function isWaitingForRoom(state: StepState): boolean {
  // Of one that is quiet the next Job waits, and the last has nothing more to try.
  return !isFinal(state) && state.reason === 'QuotaExceeded' && !state.isQuiet && state.unwanted.length === 0
}

function hasNeeds({ dependsOn }: StepState['step']): boolean {
  return dependsOn !== undefined && dependsOn.length > 0
}

function toCreation({ snapshot }: RunView, { step, nextAttempt = 1 }: StepState): JobCreation {
  const { run, settings } = snapshot
  const job = renderJob({ run, step, attempt: nextAttempt, ttlSeconds: settings.jobTtlSeconds })
  return { step: step.name, attempt: nextAttempt, job }
}

/** The earliest moment at which the same Jobs and pods would lead to another decision. */
function findWakeAt({ steps, stopping, deadline }: RunView): Instant | undefined {
  const rechecks = steps.filter((state) => !isFinal(state)).flatMap(({ recheckAt }) => recheckAt ?? [])
  const all = stopping === undefined && deadline !== undefined ? [...rechecks, deadline] : rechecks
  return all.length === 0 ? undefined : Math.min(...all)
}
