import type { ContainerStatus, Pod } from '../../lib/kubernetes.ts'

export type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>

/** Status of a container or init container; undefined before kubelet has reported one. */
export function findContainer(pod: Pod, name: string): ContainerStatus | undefined {
  const all = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  return all.find((container) => container.name === name)
}

export function findEnd(pod: Pod, name: string): Terminated | undefined {
  return findContainer(pod, name)?.state?.terminated
}

/** When the first of the pod's containers began to run. */
export function findFirstStart({ status = {} }: Pod): string | undefined {
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  return all.flatMap(({ state }) => state?.running?.startedAt ?? state?.terminated?.startedAt ?? []).sort()[0]
}

/** The pod's containers have all ended for good. */
export function isPodDone(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

export function toInstant(timestamp: string | undefined): number | undefined {
  const at = timestamp === undefined ? Number.NaN : Date.parse(timestamp)
  return Number.isNaN(at) ? undefined : at
}
