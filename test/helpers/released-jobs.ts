import type { KubeApi } from '../../src/kube/ports.ts'
import type { KubeObject, ResourceType } from '../../src/lib/kubernetes.ts'
import { releaseJob } from '../../webhooks/mutate/release-job.ts'

/** What admission does to a Job that the controller sends, but for what it injects. */
export function releaseIfJob<T extends KubeObject>(type: ResourceType, object: T): T {
  return type.plural === 'jobs' ? (releaseJob(object) as KubeObject as T) : object
}

/** An API server without webhooks, in front of which somebody lets the controller's Jobs go. */
export function withReleasedJobs(api: KubeApi): KubeApi {
  return {
    get: (...given) => api.get(...given),
    getMetadata: (...given) => api.getMetadata(...given),
    list: (...given) => api.list(...given),
    listPages: (...given) => api.listPages(...given),
    watch: (...given) => api.watch(...given),
    create: (...[type, object, options]) => api.create(type, releaseIfJob(type, object), options),
    replace: (...given) => api.replace(...given),
    patch: (...given) => api.patch(...given),
    apply: (...given) => api.apply(...given),
    remove: (...given) => api.remove(...given),
  }
}
