import { labels } from '../../crds/labels.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import type { Job } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { releaseIfJob } from './released-jobs.ts'

/** An API behind which Kueue's webhook stands: a Job for one of its queues is suspended as it is created. */
export function withKueue(api: KubeApi): KubeApi {
  return {
    get: (...given) => api.get(...given),
    getMetadata: (...given) => api.getMetadata(...given),
    list: (...given) => api.list(...given),
    listPages: (...given) => api.listPages(...given),
    watch: (...given) => api.watch(...given),
    create: (...[type, object, options]) => api.create(type, suspendQueued(releaseIfJob(type, object)), options),
    replace: (...given) => api.replace(...given),
    patch: (...given) => api.patch(...given),
    apply: (...given) => api.apply(...given),
    remove: (...given) => api.remove(...given),
  }
}

function suspendQueued<T extends Job>(object: T): T {
  if (object.metadata.labels?.[labels.kueueQueue] === undefined) return object
  return { ...object, spec: { ...object.spec, suspend: true } }
}

/** Admits a Job as Kueue does: with the nodes of a flavor, in the same write. */
export function admitJob(api: KubeApi, { metadata }: Job): Promise<Job> {
  const { namespace = '', name = '' } = metadata
  const tolerations = [{ key: 'spot', operator: 'Exists', effect: 'NoSchedule' }]
  const spec = { nodeSelector: { 'cloud.example/flavor': 'spot' }, tolerations }
  return api.patch<Job>(resourceTypes.job, { namespace, name }, { spec: { suspend: false, template: { spec } } })
}

/** Takes the room back for something more urgent. */
export function preemptJob(api: KubeApi, { metadata }: Job): Promise<Job> {
  const { namespace = '', name = '' } = metadata
  return api.patch<Job>(resourceTypes.job, { namespace, name }, { spec: { suspend: true } })
}
