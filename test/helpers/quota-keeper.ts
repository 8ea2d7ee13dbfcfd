import { createInformer, type Informer } from '../../src/kube/informer.ts'
import { KubeError } from '../../src/kube/kube-error.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import { systemTimers } from '../../src/kube/timers.ts'
import type { KubeObject, Pod, ResourceQuota } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import type { FakeRequest } from './fake-kube.ts'

const isDone = ({ status }: Pod) => status?.phase === 'Succeeded' || status?.phase === 'Failed'

/**
 * Plays what an API server and its quota controller do with ResourceQuotas, for the resource `pods`: counts a pod before it
 * is stored and refuses it where there is no room, takes back what has ended a little later.
 */
export class QuotaKeeper {
  /** Pods that were refused. */
  refused = 0
  /** Most pods that ran at once, by namespace. */
  readonly most = new Map<string, number>()
  readonly #hard: ReadonlyMap<string, number>
  readonly #living = new Map<string, Set<string>>()
  #api: KubeApi | undefined
  #pods: Informer<Pod> | undefined

  /** By namespace, how many pods. */
  constructor(hard: Readonly<Record<string, number>>) {
    this.#hard = new Map(Object.entries(hard))
  }

  /** For FakeKube: sees each pod before it is stored. */
  readonly admit = ({ verb, type }: FakeRequest, object: KubeObject): KubeObject => {
    if (verb !== 'create' || type.plural !== 'pods') return object
    const { namespace = '', name = '' } = object.metadata
    const living = this.#of(namespace)
    if (living.size >= (this.#hard.get(namespace) ?? Number.POSITIVE_INFINITY)) {
      this.refused += 1
      const detail = `pods "${name}" is forbidden: exceeded quota: ci, requested: pods=1`
      throw new KubeError('create pods', { status: 403, reason: 'Forbidden', detail })
    }
    living.add(name)
    this.most.set(namespace, Math.max(this.most.get(namespace) ?? 0, living.size))
    queueMicrotask(() => void this.#write(namespace))
    return object
  }

  async start(api: KubeApi): Promise<void> {
    this.#api = api
    for (const [namespace, pods] of this.#hard) {
      const quota = { metadata: { name: 'ci', namespace }, spec: { hard: { pods: String(pods) } } }
      await api.create<ResourceQuota>(resourceTypes.resourceQuota, quota)
      await this.#write(namespace)
    }
    this.#pods = createInformer<Pod>({ source: api, type: resourceTypes.pod, timers: systemTimers })
    this.#pods.onChange(({ kind, object }) => {
      const { namespace = '', name = '' } = object.metadata
      const isGone = kind === 'removed' || isDone(object)
      if (isGone && this.#of(namespace).delete(name)) void this.#write(namespace)
    })
    this.#pods.start()
  }

  async stop(): Promise<void> {
    await this.#pods?.stop()
  }

  #of(namespace: string): Set<string> {
    const living = this.#living.get(namespace) ?? new Set<string>()
    this.#living.set(namespace, living)
    return living
  }

  async #write(namespace: string): Promise<void> {
    const hard = this.#hard.get(namespace)
    if (hard === undefined) return
    const status = { hard: { pods: String(hard) }, used: { pods: String(this.#of(namespace).size) } }
    await this.#api?.patch(
      resourceTypes.resourceQuota,
      { namespace, name: 'ci' },
      { status },
      { subresource: 'status' },
    )
  }
}
