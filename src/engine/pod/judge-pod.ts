import { podNames } from '../../../crds/labels.ts'
import type { Step } from '../../../crds/parts/step.ts'
import type { Pod } from '../../lib/kubernetes.ts'
import type { StepReason } from '../reasons.ts'
import { findContainer, findEnd, isPodDone, type Terminated } from './container.ts'
import { describeDisruption, findDisruption, isGivenUp } from './disruption.ts'
import { describeTimeout, judgeExit } from './exit.ts'
import { parseReport } from './report.ts'
import { describeLostServices, judgeServices } from './services.ts'
import { findDiskExcess, findShortage } from './shortage.ts'
import type { Ended, Lost, Verdict } from './verdict.ts'
import { judgeUnschedulable } from './volume.ts'
import {
  findMountProblem,
  findStartProblem,
  findUnschedulable,
  judgeStartProblem,
  type WaitContext,
} from './waiting.ts'

export interface PodContext extends WaitContext {
  readonly step: Step
}

/**
 * What one pod says about its step. The step container's end decides as soon as it is there; the Job's conditions come
 * about a second later and are not waited for.
 */
export function judgePod(pod: Pod, context: PodContext): Verdict {
  return (
    judgeStepEnd(pod, context) ??
    judgeCloneEnd(pod) ??
    judgeShipperEnd(pod) ??
    judgePodEnd(pod, context) ??
    judgeProgress(pod, context)
  )
}

function judgeStepEnd(pod: Pod, { step }: PodContext): Verdict | undefined {
  const end = findEnd(pod, podNames.stepContainer)
  if (end === undefined) return undefined
  const verdict = judgeExit(end, step)
  if (verdict.kind === 'ended' && verdict.phase === 'Succeeded') return verdict
  // The driver enforces the timeout itself; an end by it stands even where the pod is being deleted.
  if (verdict.kind === 'ended' && verdict.reason === 'TimedOut') return verdict
  return (
    judgeDisruption(pod) ??
    (isDeadlineExceeded(pod) ? { ...verdict, ...timedOut(step) } : addLostServices(verdict, pod, { step, end }))
  )
}

function addLostServices(verdict: Ended | Lost, pod: Pod, { step, end }: { step: Step; end: Terminated }): Verdict {
  if (verdict.kind === 'lost') return verdict
  return { ...verdict, message: `${verdict.message ?? ''}${describeLostServices(pod, step, end)}` }
}

function judgeDisruption(pod: Pod): Lost | Ended | undefined {
  const excess = findDiskExcess(pod)
  if (excess !== undefined) return excess
  const disruption = findDisruption(pod)
  if (disruption === undefined) return undefined
  return { kind: 'lost', cause: describeDisruption(pod, disruption.cause), isReplaced: disruption.isReplaced }
}

const cloneReasons: Readonly<Record<string, StepReason>> = {
  RepositoryNotFound: 'RepositoryNotFound',
  CommitNotFound: 'CommitNotFound',
  CommitNotOnBranch: 'CommitNotOnBranch',
  AuthenticationFailed: 'AuthenticationFailed',
}

function judgeCloneEnd(pod: Pod): Verdict | undefined {
  const end = findEnd(pod, podNames.cloneContainer)
  if (end === undefined || end.exitCode === 0) return undefined
  const disruption = judgeDisruption(pod)
  if (disruption !== undefined) return disruption
  const report = parseReport(end.message)
  const message = report === undefined || report.message === '' ? describeCloneEnd(end) : report.message
  const reason = cloneReasons[report?.reason ?? ''] ?? 'CloneFailed'
  return { kind: 'ended', phase: 'Failed', reason, message, completionTime: end.finishedAt }
}

function describeCloneEnd(end: Terminated): string {
  if (end.reason === 'OOMKilled') return 'the clone was killed for using more than its memory limit'
  return `the clone ended with exit code ${end.exitCode} and gave no reason`
}

/** A shipper that cannot mask never lets the step start, so nothing of the step's own has failed. */
function judgeShipperEnd(pod: Pod): Lost | undefined {
  const end = findEnd(pod, podNames.shipContainer)
  const report = parseReport(end?.message)
  if (end === undefined || end.exitCode === 0 || report?.reason !== 'MaskListUnreadable') return undefined
  return { kind: 'lost', cause: `could not mask its log: ${report.message}`, isReplaced: false }
}

/** The whole pod has failed and its step container left no end behind. */
function judgePodEnd(pod: Pod, { step }: PodContext): Verdict | undefined {
  if (!isPodDone(pod)) return undefined
  if (isDeadlineExceeded(pod)) return { kind: 'ended', phase: 'Failed', ...timedOut(step) }
  return (
    judgeDisruption(pod) ?? {
      kind: 'lost',
      cause: describeDisruption(pod, 'ended without a result'),
      isReplaced: false,
    }
  )
}

function isDeadlineExceeded(pod: Pod): boolean {
  return pod.status?.reason === 'DeadlineExceeded'
}

function timedOut(step: Step): Pick<Ended, 'reason' | 'message'> {
  return { reason: 'TimedOut', message: describeTimeout(step) }
}

function judgeProgress(pod: Pod, context: PodContext): Verdict {
  const running = findContainer(pod, podNames.stepContainer)?.state?.running
  if (running !== undefined) return { kind: 'running', startTime: running.startedAt, ...describeUnreachable(pod) }
  const shortage = findShortage(pod, context.mountFailures)
  if (shortage !== undefined) return shortage
  const problem = findStartProblem(pod, context.lastMessage) ?? findMountProblem(pod, context.mountFailures)
  if (problem !== undefined) return judgeStartProblem(pod, problem, context)
  const services = judgeServices(pod, context)
  if (services !== undefined) return services
  const unschedulable = findUnschedulable(pod)
  if (unschedulable !== undefined) return judgeUnschedulable(pod, unschedulable)
  const isCloning = findContainer(pod, podNames.cloneContainer)?.state?.running !== undefined
  return { kind: 'waiting', reason: isCloning ? 'Cloning' : 'Starting' }
}

/**
 * The node has been silent for so long that its pods are to end, but only the node can say that they have. Until then the
 * container may well run on, so that no other is started in its place.
 */
function describeUnreachable(pod: Pod): { readonly reason?: StepReason; readonly message?: string } {
  if (!isGivenUp(pod)) return {}
  const message = 'its node does not answer; the step starts again once it is known that its pod has ended'
  return { reason: 'NodeUnreachable', message }
}

/** The commit in full, as the clone of this pod found it. */
export function findCommit(pod: Pod): string | undefined {
  const end = findEnd(pod, podNames.cloneContainer)
  return end?.exitCode === 0 ? parseReport(end.message)?.commit : undefined
}

/** The step's output may be missing from the log: the shipper died, or said that it could not ship all of it. */
export function isLogIncomplete(pod: Pod): boolean {
  const end = findEnd(pod, podNames.shipContainer)
  return end !== undefined && end.exitCode !== 0 && parseReport(end.message)?.reason !== 'MaskListUnreadable'
}
