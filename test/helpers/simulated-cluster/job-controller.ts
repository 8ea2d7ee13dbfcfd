import { podNames } from '../../../crds/labels.ts'
import { toTimestamp } from '../../../src/lib/clock.ts'
import type { Job, Pod, PodSpec } from '../../../src/lib/kubernetes.ts'

/** What the Job controller does next about one Job. */
export type JobMove =
  | { readonly kind: 'create'; readonly pod: Pod }
  | { readonly kind: 'delete'; readonly pod: Pod }
  | { readonly kind: 'end'; readonly job: Job }

/** backoffLimit 0, podFailurePolicy Ignore on DisruptionTarget, podReplacementPolicy Failed. */
export function moveJob(job: Job, pods: readonly Pod[], now: number): JobMove | undefined {
  if (job.status?.conditions !== undefined) return undefined
  const active = pods.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
  if (job.spec?.suspend === true) {
    const [pod] = active
    return pod === undefined ? undefined : { kind: 'delete', pod }
  }
  if (pods.some(({ status }) => status?.phase === 'Succeeded')) return end(job, 'Complete', now)
  if (pods.some((pod) => pod.status?.phase === 'Failed' && !isDisrupted(pod))) return end(job, 'Failed', now)
  return active.length > 0 ? undefined : { kind: 'create', pod: makePod(job, pods.length, now) }
}

function isDisrupted({ status }: Pod): boolean {
  return status?.conditions?.some(({ type }) => type === 'DisruptionTarget') === true
}

function end(job: Job, type: 'Complete' | 'Failed', now: number): JobMove {
  const condition = { type, status: 'True', reason: 'BackoffLimitExceeded', lastTransitionTime: toTimestamp(now) }
  return { kind: 'end', job: { ...job, status: { ...job.status, conditions: [condition] } } }
}

function makePod({ metadata, spec }: Job, index: number, now: number): Pod {
  const { name = '', namespace = '', uid = '' } = metadata
  const podName = `${name}-${index}`
  return {
    metadata: {
      name: podName,
      namespace,
      uid: `pod-${podName}`,
      creationTimestamp: toTimestamp(now),
      labels: spec?.template.metadata?.labels ?? {},
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true }],
    },
    spec: completeSpec(spec?.template.spec ?? { containers: [] }),
  }
}

/** As far as pods are looked at, what admission injects; nothing where it has done so. */
function completeSpec(spec: PodSpec): PodSpec {
  if (spec.containers.some(({ name }) => name === podNames.shipContainer)) return spec
  return {
    ...spec,
    initContainers: [{ name: podNames.cloneContainer, image: 'c8s' }],
    containers: [{ name: podNames.shipContainer, image: 'c8s' }, ...spec.containers],
  }
}
