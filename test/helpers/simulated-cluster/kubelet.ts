import { podNames } from '../../../crds/labels.ts'
import { nameServiceContainer } from '../../../crds/service-container.ts'
import { toTimestamp } from '../../../src/lib/clock.ts'
import type { ContainerState, ContainerStatus, Pod, PodCondition } from '../../../src/lib/kubernetes.ts'
import { clonedCommit, type PodScript } from './script.ts'

export type PodStatus = NonNullable<Pod['status']>
type Terminated = NonNullable<ContainerState['terminated']>

const image = (name: string, state: ContainerState): ContainerStatus => ({ name, state })
const report = (reason: string, message: string, commit?: string) => JSON.stringify({ reason, message, commit })

/** A pod through its life, one move at a time; undefined when nothing moves any more. */
export function movePod(pod: Pod, script: PodScript, now: number): PodStatus | undefined {
  const status = pod.status ?? {}
  if (isDone(status)) return undefined
  if (pod.spec?.activeDeadlineSeconds === 1 && status.startTime !== undefined) return endByDeadline(status, now)
  if (script.does === 'unschedulable' && status.startTime === undefined && !isRoomy(pod, script, now)) {
    return isUnschedulable(status) ? undefined : refuseNode(status, now)
  }
  if (status.startTime === undefined)
    return { ...status, phase: 'Pending', startTime: toTimestamp(now), conditions: [] }
  return moveContainers(status, script, now)
}

function moveContainers(status: PodStatus, script: PodScript, now: number): PodStatus | undefined {
  const step = stateOf(status, podNames.stepContainer)
  if (step?.terminated !== undefined) return endPod(status, script, now)
  return step?.running === undefined ? startStep(status, script, now) : moveStep(status, script, now)
}

function isDone({ phase }: PodStatus): boolean {
  return phase === 'Succeeded' || phase === 'Failed'
}

function isRoomy({ metadata }: Pod, { seconds }: PodScript & { does: 'unschedulable' }, now: number): boolean {
  return seconds !== undefined && now >= Date.parse(metadata.creationTimestamp ?? '') + seconds * 1000
}

function isUnschedulable({ conditions }: PodStatus): boolean {
  return conditions?.some(({ type }) => type === 'PodScheduled') === true
}

function refuseNode(status: PodStatus, now: number): PodStatus {
  const message = '0/1 nodes are available: 1 Insufficient cpu.'
  const refused = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    lastTransitionTime: toTimestamp(now),
  }
  return { ...status, phase: 'Pending', conditions: [refused] }
}

function startStep(status: PodStatus, script: PodScript, now: number): PodStatus | undefined {
  const at = toTimestamp(now)
  const clone = { exitCode: 0, message: report('Cloned', 'cloned', clonedCommit), startedAt: at, finishedAt: at }
  if (script.does === 'clone-fail') {
    const failed = { ...clone, exitCode: 1, message: report(script.reason, script.message) }
    return {
      ...status,
      phase: 'Failed',
      initContainerStatuses: [image(podNames.cloneContainer, { terminated: failed })],
    }
  }
  const initContainerStatuses = [image(podNames.cloneContainer, { terminated: clone })]
  if (script.does === 'service-fail') {
    const name = nameServiceContainer(script.service)
    const terminated: Terminated = { exitCode: 1, reason: 'Error', message: script.message, finishedAt: at }
    const service = { name, started: false, restartCount: 1, state: { terminated } }
    const isTold = status.initContainerStatuses?.some((container) => container.name === name) === true
    return isTold ? undefined : { ...status, initContainerStatuses: [...initContainerStatuses, service] }
  }
  if (script.does === 'mask-fail') {
    const died: Terminated = { exitCode: 1, message: report('MaskListUnreadable', 'the mask list cannot be read') }
    const containers = [image(podNames.shipContainer, { terminated: died }), image(podNames.stepContainer, {})]
    return stateOf(status, podNames.shipContainer)
      ? undefined
      : { ...status, initContainerStatuses, containerStatuses: containers }
  }
  if (script.does === 'pull-fail') {
    if (stateOf(status, podNames.stepContainer)?.waiting !== undefined) return undefined
    const waiting = { reason: 'ErrImagePull', message: script.message }
    return { ...status, initContainerStatuses, containerStatuses: [image(podNames.stepContainer, { waiting })] }
  }
  const containerStatuses = [podNames.shipContainer, podNames.stepContainer].map((name) =>
    image(name, { running: { startedAt: at } }),
  )
  return { ...status, phase: 'Running', initContainerStatuses, containerStatuses }
}

function moveStep(status: PodStatus, script: PodScript, now: number): PodStatus | undefined {
  switch (script.does) {
    case 'hang':
      return undefined
    case 'evict':
      return { ...endStep(status, { exitCode: 137 }, now), phase: 'Failed', reason: 'Evicted', conditions: [disrupted] }
    case 'shutdown':
      return { ...endStep(status, { exitCode: 143 }, now), phase: 'Failed', reason: 'NodeShutdown' }
    case 'exit':
      return exitStep(status, script, now)
    default:
      return endStep(status, { exitCode: 0, reason: 'Completed' }, now)
  }
}

const disrupted: PodCondition = { type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet' }

function exitStep(status: PodStatus, script: PodScript & { does: 'exit' }, now: number): PodStatus | undefined {
  const started = Date.parse(stateOf(status, podNames.stepContainer)?.running?.startedAt ?? '')
  if (now < started + (script.seconds ?? 0) * 1000) return undefined
  const { code, reason = code === 0 ? 'Completed' : 'Error', message } = script
  return endStep(status, { exitCode: code, reason, ...(message === undefined ? {} : { message }) }, now)
}

function endStep(status: PodStatus, end: Terminated, now: number): PodStatus {
  const startedAt = stateOf(status, podNames.stepContainer)?.running?.startedAt
  const terminated = { ...end, finishedAt: toTimestamp(now), ...(startedAt === undefined ? {} : { startedAt }) }
  return setState(status, podNames.stepContainer, { terminated })
}

/** The shipper ends last, and the pod with it. */
function endPod(status: PodStatus, script: PodScript, now: number): PodStatus {
  const exitCode = script.does === 'ship-fail' ? 137 : 0
  const ended = setState(status, podNames.shipContainer, { terminated: { exitCode, finishedAt: toTimestamp(now) } })
  const stepCode = stateOf(status, podNames.stepContainer)?.terminated?.exitCode
  return { ...ended, phase: stepCode === 0 && exitCode === 0 ? 'Succeeded' : 'Failed' }
}

function endByDeadline(status: PodStatus, now: number): PodStatus {
  const isRunning = stateOf(status, podNames.stepContainer)?.running !== undefined
  const ended = isRunning ? endStep(status, { exitCode: 143, reason: 'Error' }, now) : status
  return { ...ended, phase: 'Failed', reason: 'DeadlineExceeded' }
}

function stateOf(status: PodStatus, name: string): ContainerState | undefined {
  return status.containerStatuses?.find((container) => container.name === name)?.state
}

function setState(status: PodStatus, name: string, state: ContainerState): PodStatus {
  const rest = (status.containerStatuses ?? []).filter((container) => container.name !== name)
  return { ...status, containerStatuses: [...rest, image(name, state)] }
}
