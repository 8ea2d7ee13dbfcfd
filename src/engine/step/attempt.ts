import type { Step } from '../../../crds/parts/step.ts'
import type { StepStatus } from '../../../crds/pipeline-run.ts'
import type { Instant } from '../../lib/clock.ts'
import type { Job, Pod } from '../../lib/kubernetes.ts'
import { toInstant } from '../pod/container.ts'
import { describeTimeout } from '../pod/exit.ts'
import { judgePod } from '../pod/judge-pod.ts'
import { toSentence } from '../pod/sentence.ts'
import type { Verdict, Waiting } from '../pod/verdict.ts'
import type { EngineSettings, MountFailure } from '../snapshot.ts'

/** One attempt of a step: its Job and the pods the Job made. */
export interface Attempt {
  readonly step: Step
  readonly job?: Job | undefined
  readonly pods: readonly Pod[]
  readonly last?: StepStatus | undefined
  /** Message of the newest FailedCreate event of the Job. */
  readonly podCreationFailure?: string | undefined
  readonly mountFailures: readonly MountFailure[]
  readonly now: Instant
  readonly settings: EngineSettings
}

export interface AttemptVerdict {
  readonly verdict: Verdict
  readonly pod?: Pod | undefined
  /** How many pods of the Job came before it. */
  readonly podIndex: number
  /** Those of them that were lost, oldest first. */
  readonly lost: readonly LostPod[]
}

/** A pod that was lost before it gave a result. */
export interface LostPod {
  readonly podName: string | undefined
  readonly message: string
}

/**
 * What an attempt says about its step. Of several pods the first counts that was not lost: a pod that comes after a
 * result (made by hand with our labels) changes nothing.
 */
export function judgeAttempt(attempt: Attempt): AttemptVerdict {
  const { step, now, settings, last, mountFailures } = attempt
  const context = { step, now, settings, mountFailures, lastMessage: last?.message }
  const judged = [...attempt.pods]
    .sort(byAge)
    .map((pod, podIndex) => ({ pod, podIndex, verdict: judgePod(pod, context) }))
  const found = judged.find(({ verdict }) => verdict.kind !== 'lost') ?? judged.at(-1)
  const current = found === undefined ? undefined : { ...found, lost: judged.slice(0, found.podIndex).flatMap(toLost) }
  const job = attempt.job?.metadata.deletionTimestamp === undefined ? attempt.job : undefined
  if (job === undefined) return judgeDeleted(current)
  if (current === undefined) return { verdict: judgeJob(attempt, job), podIndex: 0, lost: [] }
  if (current.verdict.kind === 'lost' && job.spec?.suspend === true) return { ...current, verdict: suspended }
  return current
}

function toLost({ pod, verdict }: { pod: Pod; verdict: Verdict }): readonly LostPod[] {
  return verdict.kind === 'lost' ? [{ podName: pod.metadata.name, message: `its pod ${verdict.cause}` }] : []
}

const suspended: Waiting = {
  kind: 'waiting',
  reason: 'Suspended',
  message: 'the Job is suspended: whatever suspended it, such as a queue, decides when it starts',
}

function byAge(a: Pod, b: Pod): number {
  const [left, right] = [a, b].map(({ metadata }) => `${metadata.creationTimestamp ?? ''} ${metadata.name ?? ''}`)
  return (left ?? '') < (right ?? '') ? -1 : 1
}

/** Deleted by hand, or with a too short time to live: a result that a pod still shows stands, else the step has failed. */
function judgeDeleted(current: AttemptVerdict | undefined): AttemptVerdict {
  if (current?.verdict.kind === 'ended') return current
  const message = 'its Job was deleted before the step ended'
  return {
    podIndex: 0,
    lost: [],
    ...current,
    verdict: { kind: 'ended', phase: 'Failed', reason: 'JobDeleted', message },
  }
}

/** Without a pod the Job itself is all there is to read. */
function judgeJob(attempt: Attempt, job: Job): Verdict {
  const end = job.status?.conditions?.find(({ type, status }) => status === 'True' && /^(Complete|Failed)$/.test(type))
  if (end !== undefined) return judgeJobEnd(attempt, end)
  if (job.spec?.suspend === true) return suspended
  if (attempt.podCreationFailure !== undefined) return judgePodCreation(attempt, job, attempt.podCreationFailure)
  return { kind: 'waiting', reason: 'Starting' }
}

type JobCondition = NonNullable<NonNullable<Job['status']>['conditions']>[number]

/**
 * Pods come by another watch than Jobs: one that is not here yet is waited for a little, then taken as gone. The Job
 * controller calls a Job Complete only after it has itself seen its pod succeed, which holds the pod back until then.
 */
function judgeJobEnd({ step, now, settings }: Attempt, end: JobCondition): Verdict {
  const judgedAt = (toInstant(end.lastTransitionTime) ?? 0) + settings.podLagSeconds * 1000
  if (now < judgedAt) return { kind: 'waiting', reason: 'Starting', recheckAt: judgedAt }
  if (end.type === 'Complete') {
    const message = 'its Job completed; its pod was gone before c8s saw the exit code'
    return { kind: 'ended', phase: 'Succeeded', reason: 'Completed', message, completionTime: end.lastTransitionTime }
  }
  if (end.reason === 'DeadlineExceeded') {
    return { kind: 'ended', phase: 'Failed', reason: 'TimedOut', message: describeTimeout(step) }
  }
  return { kind: 'lost', cause: 'was deleted before its result was seen', isReplaced: false }
}

/** Each try has another pod name: without it the sentence stays the same. */
const refusalPrefix = /^Error creating: (pods "[^"]*" is forbidden: )?/

function judgePodCreation({ now, settings }: Attempt, job: Job, failure: string): Verdict {
  const message = `the API server refuses the pod: ${toSentence(failure.replace(refusalPrefix, ''), 400)}`
  if (/exceeded quota|status unknown for quota/i.test(failure)) {
    return { kind: 'waiting', reason: 'QuotaExceeded', message, recheckAt: now + settings.quotaRetrySeconds * 1000 }
  }
  const isPassing = /failed calling webhook|timed? ?out|please apply your changes|try again|connection refused/i.test(
    failure,
  )
  const limit = isPassing ? settings.passingErrorSeconds : settings.definiteErrorSeconds
  const failAt = (toInstant(job.metadata.creationTimestamp) ?? now) + limit * 1000
  if (now >= failAt) return { kind: 'ended', phase: 'Failed', reason: 'PodRefused', message }
  return { kind: 'waiting', reason: 'PodRefused', message, recheckAt: failAt }
}
