import type { Instant } from '../../lib/clock.ts'
import type { Container, ContainerStatus, Pod } from '../../lib/kubernetes.ts'
import type { EngineSettings, MountFailure } from '../snapshot.ts'
import { toInstant } from './container.ts'
import { toSentence } from './sentence.ts'
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

/** A volume that cannot be mounted keeps all containers back, and only an event tells. */
export function findMountProblem(pod: Pod, failures: readonly MountFailure[]): StartProblem | undefined {
  const failure = failures.find(({ podUid }) => podUid === pod.metadata.uid)
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  const hasBegun = statuses.some(({ state }) => state?.running !== undefined || state?.terminated !== undefined)
  if (failure === undefined || hasBegun) return undefined
  const detail = failure.message.replace(/^MountVolume\.\S+ failed for volume "[^"]*"\s*:\s*/, '')
  const isDefinite = /not found|non-existent/.test(detail)
  return { reason: 'ContainerConfig', message: `a volume cannot be mounted: ${toSentence(detail, 300)}`, isDefinite }
}

interface Trouble {
  readonly image: string
  readonly container: string
  readonly message: string
  readonly lastMessage?: string | undefined
}

/** By the reason kubelet gives for a waiting container (pkg/kubelet/images/types.go and container/sync_result.go). */
const troubles: Readonly<Record<string, (trouble: Trouble) => StartProblem>> = {
  InvalidImageName: ({ image }) => toInvalidName(image),
  ErrImageNeverPull: ({ image }) => {
    return {
      reason: 'ImagePull',
      message: `image "${image}" is not on the node and may not be pulled`,
      isDefinite: true,
    }
  },
  ErrImagePull: judgePull,
  ImagePullBackOff: judgePull,
  RegistryUnavailable: judgePull,
  SignatureValidationFailed: judgePull,
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

function toInvalidName(image: string): StartProblem {
  return { reason: 'ImagePull', message: `image "${image}" is not a valid name`, isDefinite: true, limitSeconds: 0 }
}

/** Some runtimes are stricter than kubelet and find out only when they pull. */
const invalidWords = /invalid reference format|failed to parse image reference/i
const missingWords = /not found|manifest unknown|name unknown|does not exist|no match for platform/i
const deniedWords = /unauthorized|authentication required|denied|forbidden|no basic auth/i

function judgePull({ image, message, lastMessage }: Trouble): StartProblem {
  if (invalidWords.test(message)) return toInvalidName(image)
  const start = `image "${image}" cannot be pulled`
  const told = [
    { words: missingWords, sentence: `${start}: it does not exist in the registry` },
    { words: deniedWords, sentence: `${start}: the registry denies access` },
  ]
  const found = told.find(({ words, sentence }) => words.test(message) || lastMessage === sentence)
  if (found !== undefined) return { reason: 'ImagePull', message: found.sentence, isDefinite: true }
  const detail = toSentence(stripPrefixes(message.startsWith('Back-off') ? afterBackOff(message) : message), 300)
  // The first try names the cause and the back-off after it does not: what was told before stays.
  if (detail === '' && lastMessage?.startsWith(start) === true) {
    return { reason: 'ImagePull', message: lastMessage, isDefinite: false }
  }
  return { reason: 'ImagePull', message: detail === '' ? start : `${start}: ${detail}`, isDefinite: false }
}

/** What follows `Back-off pulling image "x": ErrImagePull:`; kubelets before 1.31 say nothing there. */
function afterBackOff(message: string): string {
  const marker = 'ErrImagePull:'
  const at = message.indexOf(marker)
  return at < 0 ? '' : message.slice(at + marker.length)
}

/** Every layer of a container runtime puts its own words before the cause. */
const layer =
  /^(rpc error: code = \w+ desc = |failed to (pull and unpack|pull|resolve) (image|reference) "[^"]*": |failed to do request: )/

function stripPrefixes(message: string): string {
  let rest = message.trim()
  for (let found = layer.exec(rest); found !== null; found = layer.exec(rest)) rest = rest.slice(found[0].length)
  return rest
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
