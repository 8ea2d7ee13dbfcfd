import type { ContainerStatus, Pod } from '../../lib/kubernetes.ts'
import type { MountFailure } from '../snapshot.ts'
import { toSentence } from './sentence.ts'
import type { Ended, Waiting } from './verdict.ts'

/**
 * What a node has run out of. It comes back when others end, so the step waits and no limit of c8s's own ends it: like a pod
 * that no node can take. The words are those of kubelet, the container runtimes and the usual network plugins.
 */
const addressWords =
  /no (more )?(available |free )?(ip|IP) address|IP addresses? (available|left)|failed to (assign|allocate|request|get) an? (ip|IP)|insufficient (ip|IP)|ipam.*(exhausted|full|no )|Assigned 0 out of [0-9]+ requested|address pool.*(exhausted|empty)/
const diskWords = /no space left on device|disk quota exceeded/i

/** A shortage that keeps a pod from starting; undefined where it has begun, or its trouble is of another sort. */
export function findShortage(pod: Pod, failures: readonly MountFailure[]): Waiting | undefined {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  const refused = statuses.map(readWaiting).find((message) => diskWords.test(message))
  if (refused !== undefined) return waitFor('DiskFull', refused)
  const failure = failures.find(({ podUid }) => podUid === pod.metadata.uid)
  return failure === undefined || statuses.some(hasBegun) ? undefined : judgeFailure(pod, failure)
}

function judgeFailure(pod: Pod, { reason, message }: MountFailure): Waiting | undefined {
  if (diskWords.test(message)) return waitFor('DiskFull', message)
  if (reason === 'FailedAttachVolume') return waitFor('VolumePending', message)
  const isAddress = reason === 'FailedCreatePodSandBox' && !hasSandbox(pod) && addressWords.test(message)
  return isAddress ? waitFor('NoAddress', message) : undefined
}

/** Whether the node has made the pod's network and sandbox: an older event about it says nothing any more. */
export function hasSandbox({ status }: Pod): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'PodReadyToStartContainers')
  return ready?.status === 'True'
}

function readWaiting({ state }: ContainerStatus): string {
  return state?.waiting?.message ?? ''
}

function hasBegun({ state }: ContainerStatus): boolean {
  return state?.running !== undefined || state?.terminated !== undefined
}

const sentences = {
  DiskFull: 'the disk of the node is full',
  NoAddress: 'the node has no address for the pod',
  VolumePending: 'a volume cannot be attached to the node yet',
} as const

function waitFor(reason: keyof typeof sentences, detail: string): Waiting {
  return { kind: 'waiting', reason, message: `${sentences[reason]}: ${toSentence(detail, 300)}` }
}

/** As kubelet says it (pkg/kubelet/eviction/helpers.go) where a pod used more disk than its own limits let it. */
const excessWords =
  /exceeded its local ephemeral storage limit|ephemeral local storage usage exceeds|Usage of EmptyDir volume .* exceeds the limit/

/** A pod that was evicted for what it wrote itself: another would do the same. One that the node had no room for is lost. */
export function findDiskExcess({ status }: Pod): Ended | undefined {
  const { reason, message = '' } = status ?? {}
  if (reason !== 'Evicted' || !excessWords.test(message)) return undefined
  return { kind: 'ended', phase: 'Failed', reason: 'DiskLimit', message: toSentence(message, 300) }
}
