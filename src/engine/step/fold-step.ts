import type { ReusedStep } from '../../../crds/parts/run-state.ts'
import type { Step } from '../../../crds/parts/step.ts'
import type { StepStatus } from '../../../crds/pipeline-run.ts'
import { toTimestamp } from '../../lib/clock.ts'
import type { Job, Pod } from '../../lib/kubernetes.ts'
import { isFinal } from '../needs.ts'
import { isPodDone, toInstant } from '../pod/container.ts'
import { findCommit, isLogIncomplete } from '../pod/judge-pod.ts'
import type { Ended, Lost, Verdict } from '../pod/verdict.ts'
import type { StepReason } from '../reasons.ts'
import { isPassing } from '../snapshot.ts'
import { omitUndefined } from '../status/rows.ts'
import { type AttemptVerdict, judgeAttempt } from './attempt.ts'
import { addAttempt, countFailures, listEarlier } from './earlier-attempts.ts'
import { foldCall } from './fold-call.ts'
import { awaitCreation, type HoldUpFacts, noteWait } from './hold-up.ts'
import { describeRetry, findRetryTime } from './retry.ts'
import { foldReused } from './reused.ts'
import { attemptOf, findCurrentJob, findPods, type StepObjects } from './step-objects.ts'
import type { StepState } from './step-state.ts'
import { findWork } from './work.ts'

export interface StepFacts extends HoldUpFacts {
  readonly step: Step
  readonly isFinally: boolean
  readonly objects: StepObjects
  /** An earlier run has done it already. */
  readonly reused?: ReusedStep | undefined
}

/** Brings a step's last status forward by what its Jobs and pods say now. A final status is never reopened. */
export function foldStep(facts: StepFacts): StepState {
  const { step, last, objects } = facts
  const job = findCurrentJob(objects, last)
  const pods = findPods(objects, job, last)
  const base = toBase(facts, job, pods)
  if (base.isRecorded) return base
  if (facts.reused !== undefined) return foldReused(base, facts.reused)
  return step.pipeline === undefined ? foldAttempts(facts, base, { job, pods }) : foldCall(facts, base)
}

interface JobAndPods {
  readonly job: Job | undefined
  readonly pods: readonly Pod[]
}

function foldAttempts(facts: StepFacts, base: StepState, { job, pods }: JobAndPods): StepState {
  const { last, snapshot, step } = facts
  const isGone = snapshot.goneSteps.has(step.name)
  if (job === undefined && last?.jobName === undefined && !isGone) return foldCreation(facts, base, 1)
  const isRetryDecided = last?.retryAt !== undefined && (job === undefined || job.metadata.name === last.jobName)
  if (!isRetryDecided) return foldJob(facts, base, { job, pods })
  // It comes even where the failed Job is gone; but not twice, where its own has come and gone.
  return isGone ? foldJob(facts, base, { job: undefined, pods: [] }) : foldRetry(facts, base)
}

function toBase({ step, isFinally, last, objects }: StepFacts, job: Job | undefined, pods: readonly Pod[]): StepState {
  const { jobs } = objects
  const all = findWork(
    jobs,
    jobs.flatMap((each) => findPods(objects, each, last)),
  )
  // What an earlier attempt was told says nothing about this one.
  const { isStopped } = findWork(job === undefined ? [] : [job], pods)
  const isRecorded = isFinal(last)
  const unwanted = isRecorded ? all.work : []
  const commit = pods.map(findCommit).find((found) => found !== undefined)
  const seen = { commit, isLogIncomplete: pods.some(isLogIncomplete) }
  return { step, isFinally, phase: 'Pending', isRecorded, ...all, isStopped, unwanted, ...keepRow(last), ...seen }
}

function foldJob(facts: StepFacts, base: StepState, { job, pods }: JobAndPods): StepState {
  const verdict = judgeAttempt({ ...facts, ...facts.snapshot, ...toAttempt(facts, job), pods })
  return foldVerdict(facts, base, { ...verdict, job })
}

function toAttempt({ snapshot }: StepFacts, job: Job | undefined) {
  const failure = snapshot.podCreationFailures.find(({ jobUid }) => jobUid === job?.metadata.uid)
  return { job, podCreationFailure: failure?.message }
}

type Row = Partial<Omit<StepStatus, 'name' | 'reason' | 'logURL' | 'artifactURLs'>> & { readonly reason?: StepReason }

function keepRow(last: StepStatus | undefined): Row {
  if (last === undefined) return {}
  const { name: _name, logURL: _log, artifactURLs: _artifacts, reason, ...row } = last
  return reason === undefined ? row : { ...row, reason: reason as StepReason }
}

type JudgedJob = AttemptVerdict & { readonly job: Job | undefined }

function foldVerdict(facts: StepFacts, base: StepState, judged: JudgedJob): StepState {
  const { last } = facts
  const { verdict, pod, lost, job } = judged
  const attempt = countAttempts(last, judged)
  const isNewJob = job !== undefined && job.metadata.name !== last?.jobName
  const jobName = job?.metadata.name ?? last?.jobName
  const podName = pod?.metadata.name
  const earlier = listEarlier(last, { attempt, jobName, podName, lost })
  const state: StepState = {
    ...base,
    attempt,
    attempts: earlier.length === 0 ? undefined : earlier,
    retryAt: undefined,
    jobName,
    podName: podName ?? (isNewJob ? undefined : last?.podName),
    startTime: isNewJob ? undefined : base.startTime,
    waitingSince: undefined,
  }
  return applyVerdict(facts, state, verdict)
}

/** Pods tried so far: those of the Job that are still there, or what was counted before and one that took another's place. */
function countAttempts(last: StepStatus | undefined, { job, pod, podIndex }: JudgedJob): number {
  const podName = pod?.metadata.name
  const isReplaced = podName !== undefined && last?.podName !== undefined && last.podName !== podName
  return Math.max((job === undefined ? 1 : attemptOf(job)) + podIndex, (last?.attempt ?? 1) + (isReplaced ? 1 : 0))
}

function applyVerdict(facts: StepFacts, state: StepState, verdict: Verdict): StepState {
  const { reason, message } = { reason: undefined, message: undefined, ...verdict }
  switch (verdict.kind) {
    case 'ended':
      return retryStep(facts, state, verdict) ?? endStep(facts, state, verdict)
    case 'lost':
      return loseStep(facts, state, verdict)
    case 'running':
      return { ...state, phase: 'Running', reason: reason ?? 'Running', message, startTime: verdict.startTime }
    default:
      return {
        ...state,
        ...toOpenPhase(facts),
        reason,
        message,
        recheckAt: verdict.recheckAt,
        ...noteWait(facts, reason),
      }
  }
}

/** A step that has run does not go back to Pending when its pod is replaced. */
function toOpenPhase({ last }: StepFacts): Pick<StepState, 'phase'> {
  return { phase: last?.phase === 'Running' ? 'Running' : 'Pending' }
}

function endStep({ snapshot }: StepFacts, state: StepState, ended: Ended): StepState {
  const { phase, reason, message, exitCode } = ended
  return {
    ...state,
    phase,
    reason,
    message,
    exitCode,
    startTime: ended.startTime ?? state.startTime,
    completionTime: ended.completionTime ?? toTimestamp(snapshot.now),
    unwanted: state.work,
  }
}

function loseStep(facts: StepFacts, state: StepState, { cause, isReplaced }: Lost): StepState {
  const { maxInterruptions } = facts.snapshot.settings
  const { attempt = 1, jobName, podName, startTime } = state
  const count = attempt - countFailures(state.attempts)
  if (count >= maxInterruptions) {
    const message = `its pod was lost ${count} times through no fault of the step, at last because it ${cause}`
    return endStep(facts, state, { kind: 'ended', phase: 'Failed', reason: 'InfrastructureError', message })
  }
  const message = `pod ${podName ?? ''} ${cause}; the step starts again`
  const entry = { attempt, reason: 'Interrupted', message: `its pod ${cause}`, jobName, podName, startTime }
  const attempts = addAttempt(state.attempts, omitUndefined(entry))
  const open: StepState = { ...state, ...toOpenPhase(facts), reason: 'Interrupted', message, attempts }
  if (isReplaced) return open
  if (!state.isQuiet) return { ...open, unwanted: state.work }
  // Its next Job may have waited for room before; where it does no more, settling forgets since when.
  return foldCreation(facts, { ...open, waitingSince: facts.last?.waitingSince }, attempt + 1)
}

/** A failure that the step wants to be tried again after; undefined where it stands. What was stopped failed for that. */
function retryStep(facts: StepFacts, state: StepState, ended: Ended): StepState | undefined {
  const { snapshot, step } = facts
  const { attempt = 1, attempts, jobName, podName } = state
  const failures = countFailures(attempts)
  const retryAt = findRetryTime({ retries: step.retries, ended, failures, now: snapshot.now })
  if (retryAt === undefined || state.isStopped) return undefined
  const { reason, message, exitCode, completionTime, startTime = state.startTime } = ended
  const entry = omitUndefined({ attempt, reason, message, exitCode, jobName, podName, startTime, completionTime })
  return foldRetry(facts, { ...state, startTime, attempts: addAttempt(attempts, entry), retryAt, unwanted: state.work })
}

/** Between two attempts. The next begins when its time has come and nothing of the last is left, not even its log shipper. */
function foldRetry(facts: StepFacts, state: StepState): StepState {
  const { now } = facts.snapshot
  const { attempt = 1, attempts = [], retryAt = '' } = state
  const message = describeRetry(attempts, retryAt)
  const open: StepState = { ...state, phase: 'Running', reason: 'Retrying', message }
  const at = toInstant(retryAt) ?? now
  if (now < at) return { ...open, recheckAt: at }
  const isOver = state.isQuiet && facts.objects.pods.every(isPodDone)
  return isOver ? foldCreation(facts, open, attempt + 1) : open
}

/** Two pods of a step must not run at once, so a new Job waits until the old one is quiet; see loseStep. */
function foldCreation(facts: StepFacts, base: StepState, attempt: number): StepState {
  const refusal = facts.snapshot.refusals.find((each) => each.step === facts.step.name && each.attempt === attempt)
  if (refusal === undefined) return { ...base, nextAttempt: attempt }
  const { kind, message } = refusal
  if (isPassing(kind)) return awaitCreation(facts, base, refusal)
  return endStep(facts, base, { kind: 'ended', phase: 'Failed', reason: kind, message })
}
