import type { EarlierAttempt } from '../../../crds/parts/run-state.ts'
import type { StepStatus } from '../../../crds/pipeline-run.ts'
import { toSentence } from '../pod/sentence.ts'
import type { StepReason } from '../reasons.ts'
import { omitUndefined } from '../status/rows.ts'
import type { LostPod } from './attempt.ts'

type Attempts = readonly EarlierAttempt[]

/** Most that the schema takes, and its longest message. */
const mostAttempts = 20
const longestMessage = 256

const interrupted: StepReason = 'Interrupted'

/** Attempts whose own commands failed; one that was lost to the cluster is none. */
export function countFailures(attempts: Attempts = []): number {
  return attempts.filter(({ reason }) => reason !== interrupted).length
}

/** Newest first, each number once. Where there are too many, the oldest lost ones go: they count for no limit. */
export function addAttempt(attempts: Attempts = [], entry: EarlierAttempt): Attempts {
  const rest = attempts.filter(({ attempt }) => attempt !== entry.attempt)
  const all = [...rest, omitUndefined({ ...entry, message: cutMessage(entry.message) })]
  all.sort((a, b) => b.attempt - a.attempt)
  if (all.length <= mostAttempts) return all
  const oldest = all.findLastIndex(({ reason }) => reason === interrupted)
  return all.toSpliced(oldest === -1 ? all.length - 1 : oldest, 1)
}

function cutMessage(message: string | undefined): string | undefined {
  return message === undefined ? undefined : toSentence(message, longestMessage)
}

interface PodNow {
  /** Number of the attempt that the pod is. */
  readonly attempt: number
  readonly jobName: string | undefined
  readonly podName: string | undefined
  /** Pods of the same Job that were lost before it, oldest first. */
  readonly lost: readonly LostPod[]
}

/** The attempts before a pod: those that status tells of, and pods that its own Job has replaced since. */
export function listEarlier(last: StepStatus | undefined, { attempt, jobName, podName, lost }: PodNow): Attempts {
  // Between a lost pod and the one that its Job makes instead there is none: what is known of the loss stays.
  const isBetween = (entry: EarlierAttempt) =>
    podName === undefined && entry.attempt === attempt && entry.reason === interrupted
  let attempts: Attempts = (last?.attempts ?? []).filter((entry) => entry.attempt < attempt || isBetween(entry))
  for (const [index, pod] of lost.entries()) {
    if (isKnown(attempts, pod.podName)) continue
    const number = Math.max(1, attempt - lost.length + index)
    attempts = addAttempt(attempts, { ...pod, attempt: number, reason: interrupted, jobName } as EarlierAttempt)
  }
  const gone = findGone(last, { jobName, podName })
  return gone === undefined || isKnown(attempts, gone.podName) ? attempts : addAttempt(attempts, gone)
}

function isKnown(attempts: Attempts, podName: string | undefined): boolean {
  return attempts.some((entry) => entry.podName === podName)
}

/** The pod that status names, where the Job has another by now and the first is not there any more. */
function findGone(
  last: StepStatus | undefined,
  now: { jobName: string | undefined; podName: string | undefined },
): EarlierAttempt | undefined {
  const { jobName, podName, attempt = 1, startTime } = last ?? {}
  if (podName === undefined || now.podName === undefined || podName === now.podName || jobName !== now.jobName) {
    return undefined
  }
  return omitUndefined({ attempt, reason: interrupted, message: 'its pod was lost', jobName, podName, startTime })
}
