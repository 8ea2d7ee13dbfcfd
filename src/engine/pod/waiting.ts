import type { Instant } from '../../lib/clock.ts'
import type { Container, ContainerStatus, Pod } from '../../lib/kubernetes.ts'
import type { EngineSettings, MountFailure } from '../snapshot.ts'
import { toInstant } from './container.ts'
import { judgePull } from './image-pull.ts'
import { toSentence } from './sentence.ts'
import { hasSandbox } from './shortage.ts'
import type { Ended, Waiting } from './verdict.ts'

export interface WaitContext {
  readonly now: Instant
  readonly settings: EngineSettings
  /** The step's last message: older kubelets tell why a pull failed only at the first try. */
  readonly lastMessage?: string | undefined
  readonly mountFailures: readonly MountFailure[]
}

/** An error of a container that has not started, and whether trying again can help. */
interface StartProblem {
  readonly reason: 'ImagePull' | 'ContainerConfig' | 'StartError'
  readonly message: string
  readonly isDefinite: boolean
  /** Seconds it is given before the step fails; by isDefinite when left out. */
  readonly limitSeconds?: number
}

/** What a container that does not start waits for; undefined where it is only slow. */
export function findStartProblem(pod: Pod, lastMessage: string | undefined): StartProblem | undefined {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  for (const status of statuses) {
    const problem = judgeContainer(pod, status, lastMessage)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** A volume that cannot be mounted, or a network that cannot be made, keeps all containers back, and only an event tells. */
export function findMountProblem(pod: Pod, failures: readonly MountFailure[]): StartProblem | undefined {
  const failure = failures.find(({ podUid }) => podUid === pod.metadata.uid)
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  const hasBegun = statuses.some(({ state }) => state?.running !== undefined || state?.terminated !== undefined)
  if (failure === undefined || hasBegun) return undefined
  if (failure.reason === 'FailedCreatePodSandBox') return hasSandbox(pod) ? undefined : toSandboxProblem(failure)
  const detail = failure.message.replace(/^MountVolume\.\S+ failed for volume "[^"]*"\s*:\s*/, '')
  const isDefinite = /not found|non-existent/.test(detail)
  return { reason: 'ContainerConfig', message: `a volume cannot be mounted: ${toSentence(detail, 300)}`, isDefinite }
}

function toSandboxProblem({ message }: MountFailure): StartProblem {
  const detail = message.replace(/^Failed to create pod sandbox: (rpc error: code = \w+ desc = )?/, '')
  return {
    reason: 'StartError',
    message: `the node cannot start the pod: ${toSentence(detail, 300)}`,
    isDefinite: false,
  }
}

interface Trouble {
  readonly image: string
  readonly container: string
  readonly message: string
  readonly lastMessage?: string | undefined
}

/** By the reason kubelet gives for a waiting container (pkg/kubelet/images/types.go and container/sync_result.go). */
const troubles: Readonly<Record<string, (trouble: Trouble) => StartProblem>> = {
  InvalidImageName: (trouble) => toPullProblem({ ...trouble, message: 'invalid reference format' }),
  ErrImageNeverPull: ({ image }) => {
    return {
      reason: 'ImagePull',
      message: `image "${image}" is not on the node and may not be pulled`,
      isDefinite: true,
    }
  },
  ErrImagePull: toPullProblem,
  ImagePullBackOff: toPullProblem,
  RegistryUnavailable: toPullProblem,
  SignatureValidationFailed: toPullProblem,
  CreateContainerConfigError: (trouble) => ({
    reason: 'ContainerConfig',
    message: describe(trouble),
    isDefinite: true,
  }),
  CreateContainerError: (trouble) => ({ reason: 'StartError', message: describe(trouble), isDefinite: false }),
  RunContainerError: (trouble) => ({ reason: 'StartError', message: describe(trouble), isDefinite: false }),
}

function describe({ container, message }: Trouble): string {
  return `container ${container} cannot be made: ${toSentence(message)}`
}

function judgeContainer(pod: Pod, status: ContainerStatus, lastMessage?: string): StartProblem | undefined {
  const { reason = '', message = '' } = status.state?.waiting ?? {}
  const judge = Object.hasOwn(troubles, reason) ? troubles[reason] : undefined
  return judge?.({ image: findImage(pod, status.name), container: status.name, message, lastMessage })
}

function toPullProblem(trouble: Trouble): StartProblem {
  const { limitSeconds, ...found } = judgePull(trouble)
  return { reason: 'ImagePull', ...found, ...(limitSeconds === undefined ? {} : { limitSeconds }) }
}

function findImage(pod: Pod, name: string): string {
  const all: readonly Container[] = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
  return all.find((container) => container.name === name)?.image ?? name
}

/** Waits on, or gives the step up where the problem has lasted too long. Measured from when the containers could start. */
export function judgeStartProblem(pod: Pod, problem: StartProblem, context: WaitContext): Waiting | Ended {
  const { settings, now } = context
  const limit =
    problem.limitSeconds ?? (problem.isDefinite ? settings.definiteErrorSeconds : settings.passingErrorSeconds)
  const failAt = (findStart(pod) ?? now) + limit * 1000
  const { reason, message } = problem
  if (now >= failAt) return { kind: 'ended', phase: 'Failed', reason, message }
  return { kind: 'waiting', reason, message, recheckAt: failAt }
}

/** When the containers could begin to start: after the init containers, else when kubelet took the pod. */
function findStart(pod: Pod): Instant | undefined {
  const initialized = pod.status?.conditions?.find(({ type, status }) => type === 'Initialized' && status === 'True')
  const hasInit = (pod.spec?.initContainers ?? []).length > 0
  const after = hasInit ? toInstant(initialized?.lastTransitionTime) : undefined
  return after ?? toInstant(pod.status?.startTime) ?? toInstant(pod.metadata.creationTimestamp)
}

/** Why the scheduler finds no node, in its own words. */
export function findUnschedulable(pod: Pod): string | undefined {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return undefined
  return `no node can take the pod: ${toSentence(scheduled.message ?? 'the scheduler gave no reason')}`
}
