import { labels } from '../../crds/labels.ts'
import { isNotFound, KubeError } from '../../src/kube/kube-error.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import type { Job, KubeObject, Pod } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { type JobMove, moveJob } from './simulated-cluster/job-controller.ts'
import { movePod } from './simulated-cluster/kubelet.ts'
import { type Script, scriptOf } from './simulated-cluster/script.ts'

export interface PlayerOptions {
  readonly api: KubeApi
  readonly namespace: string
  /** By step, for every run of the namespace. */
  readonly script: Script
  /** Milliseconds between two moves; a move takes every Job and pod one state further. */
  readonly pauseMs?: number
}

const stepObjects = { labelSelector: `${labels.jobType}=step` }

/** Plays Job controller and kubelet on an API server, real or fake, that has neither. */
export class ClusterPlayer {
  readonly #options: PlayerOptions
  /** Ended Jobs: the API server would take their conditions only with much that nobody here reads. */
  readonly #ended = new Set<string>()
  #refusals = 0
  #isPlaying = false
  #running: Promise<void> = Promise.resolve()

  constructor(options: PlayerOptions) {
    this.#options = options
  }

  start(): void {
    this.#isPlaying = true
    this.#running = this.#play()
  }

  async stop(): Promise<void> {
    this.#isPlaying = false
    await this.#running
  }

  async #play(): Promise<void> {
    while (this.#isPlaying) {
      await this.move()
      await new Promise((resolve) => setTimeout(resolve, this.#options.pauseMs ?? 10))
    }
  }

  /** Every Job and every pod makes one move. */
  async move(): Promise<void> {
    const { api, namespace } = this.#options
    const jobs = await api.list<Job>(resourceTypes.job, { namespace, ...stepObjects })
    const pods = await api.list<Pod>(resourceTypes.pod, { namespace, ...stepObjects })
    const moves = jobs.items.map((job) => this.#findMove(job, pods.items))
    await Promise.all(moves.map((move) => this.#moveJob(move)))
    await Promise.all(pods.items.map((pod) => this.#movePod(pod, pods.items)))
  }

  #findMove(job: Job, pods: readonly Pod[]): JobMove | undefined {
    if (this.#ended.has(job.metadata.uid ?? '')) return undefined
    const owned = pods.filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === job.metadata.uid)
    return moveJob(job, owned, Date.now())
  }

  async #moveJob(move: JobMove | undefined): Promise<void> {
    const { api } = this.#options
    if (move?.kind === 'end') this.#ended.add(move.job.metadata.uid ?? '')
    if (move?.kind === 'delete') await api.remove(resourceTypes.pod, toKey(move.pod))
    if (move?.kind === 'create') await this.#createPod(move.pod)
  }

  /** A refused pod is told by an event about its Job, and by nothing else. */
  async #createPod({ metadata: made, ...pod }: Pod): Promise<void> {
    const { api, namespace } = this.#options
    const { uid: _, creationTimestamp: __, ...metadata } = made
    try {
      await api.create(resourceTypes.pod, { ...pod, metadata })
    } catch (error) {
      if (!(error instanceof KubeError) || error.status !== 403) throw error
      const [job] = made.ownerReferences ?? []
      this.#refusals += 1
      await api.create(resourceTypes.event, {
        metadata: { name: `refusal-${this.#refusals}`, namespace },
        involvedObject: { kind: 'Job', namespace, name: job?.name, uid: job?.uid },
        reason: 'FailedCreate',
        message: `Error creating: ${error.detail}`,
      } as KubeObject)
    }
  }

  async #movePod(pod: Pod, pods: readonly Pod[]): Promise<void> {
    const { api, script } = this.#options
    const { labels: found = {} } = pod.metadata
    const earlier = pods.filter(
      ({ metadata }) => isBefore(metadata, pod.metadata) && isSameStep(metadata.labels, found),
    )
    const status = movePod(pod, scriptOf(script, found[labels.step] ?? '', earlier.length), Date.now())
    if (status === undefined) return
    try {
      await api.patch(resourceTypes.pod, toKey(pod), { status }, { subresource: 'status' })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}

function toKey({ metadata }: KubeObject) {
  return { namespace: metadata.namespace ?? '', name: metadata.name ?? '' }
}

function isSameStep(a: Readonly<Record<string, string>> = {}, b: Readonly<Record<string, string>> = {}): boolean {
  return a[labels.runUid] === b[labels.runUid] && a[labels.step] === b[labels.step]
}

/** By attempt, then by the number that ends a pod's name: times have whole seconds only. */
function isBefore(a: KubeObject['metadata'], b: KubeObject['metadata']): boolean {
  const [left, right] = [a, b].map(({ labels: found = {}, name = '' }) => {
    return Number(found[labels.attempt]) * 1000 + Number(name.slice(name.lastIndexOf('-') + 1))
  })
  return (left ?? 0) < (right ?? 0)
}
