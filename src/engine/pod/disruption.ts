import type { Pod } from '../../lib/kubernetes.ts'
import { toSentence } from './sentence.ts'

/**
 * Reasons of pods that kubelet or the node controller ended, from before and beside the DisruptionTarget condition; the
 * Job controller counts those without the condition as failures, so another attempt has to follow.
 */
const podReasons: Readonly<Record<string, string>> = {
  Evicted: 'was evicted',
  Preempting: 'was preempted',
  NodeLost: 'was lost with its node',
  NodeShutdown: 'was ended by the shutdown of its node',
  Shutdown: 'was ended by the shutdown of its node',
  Terminated: 'was ended by the shutdown of its node',
  NodeAffinity: 'was refused by its node',
  UnexpectedAdmissionError: 'was refused by its node',
}

const conditionReasons: Readonly<Record<string, string>> = {
  PreemptionByScheduler: 'was preempted',
  PreemptionByKubeScheduler: 'was preempted',
  DeletionByTaintManager: 'was lost with its node',
  EvictionByEvictionAPI: 'was evicted',
  DeletionByPodGC: 'was lost with its node',
  TerminationByKubelet: 'was ended by its node',
}

export interface Disruption {
  readonly cause: string
  /** The Job's pod failure policy covers it, so that the Job itself starts another pod. */
  readonly isReplaced: boolean
}

/** Why a pod that ended without a good result did so through no fault of the step; undefined where it was the step's own. */
export function findDisruption(pod: Pod): Disruption | undefined {
  const reason = pod.status?.reason ?? ''
  const told = reason.startsWith('OutOf') ? 'was refused by its node' : podReasons[reason]
  const target = findTarget(pod)
  if (target !== undefined) return { cause: told ?? conditionReasons[target] ?? 'was disrupted', isReplaced: true }
  if (told !== undefined) return { cause: told, isReplaced: false }
  return pod.metadata.deletionTimestamp === undefined ? undefined : { cause: 'was deleted', isReplaced: false }
}

/** Reason of the DisruptionTarget condition, where it holds. */
function findTarget(pod: Pod): string | undefined {
  const target = pod.status?.conditions?.find(({ type, status }) => type === 'DisruptionTarget' && status === 'True')
  return target === undefined ? undefined : (target.reason ?? '')
}

/** Whether the pod was told to end because its node did not answer; the node has not said yet that it has. */
export function isGivenUp(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined && findTarget(pod) === 'DeletionByTaintManager'
}

/** The cause, with what the node says about it. */
export function describeDisruption(pod: Pod, cause: string): string {
  const detail = toSentence(pod.status?.message ?? '', 200)
  return detail === '' ? cause : `${cause} (${detail})`
}
