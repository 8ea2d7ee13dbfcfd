import { createInformer, type Informer } from '../../src/kube/informer.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import { systemTimers } from '../../src/kube/timers.ts'
import type { Pod, ResourceType } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { addKwokNode, type KwokNode } from './kwok.ts'

const nodeType: ResourceType = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false }

export interface ScalerOptions {
  readonly api: KubeApi
  readonly namespace: string
  /** The nodes that it adds. */
  readonly pool: KwokNode
}

export interface NodeScaler {
  /** Nodes it has added and not removed yet. */
  nodes(): readonly string[]
  /** How many it has added in all. */
  added(): number
  stop(): Promise<void>
}

/**
 * What a cluster autoscaler does, in its own terms: a node for each pod that the scheduler calls Unschedulable
 * (https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md), and away with a node on which nothing runs.
 * Pods that have ended do not hold a node.
 */
export function startNodeScaler({ api, namespace, pool }: ScalerOptions): NodeScaler {
  const nodes = new Set<string>()
  const asked = new Set<string>()
  let added = 0
  const pods: Informer<Pod> = createInformer<Pod>({
    source: api,
    timers: systemTimers,
    type: resourceTypes.pod,
    select: { namespace },
  })
  const work: Promise<unknown>[] = []
  const decide = (): void => {
    const all = pods.list()
    for (const pod of all.filter(isUnschedulable)) {
      const name = pod.metadata.name ?? ''
      if (asked.has(name)) continue
      asked.add(name)
      const node = `c8s-scaled-${added}`
      added += 1
      nodes.add(node)
      work.push(addKwokNode(api, node, pool))
    }
    if (all.some((pod) => asked.has(pod.metadata.name ?? '') && !isPlaced(pod) && !isOver(pod))) return
    const busy = new Set(all.filter((pod) => !isOver(pod)).map(nodeOf))
    for (const node of [...nodes].filter((each) => !busy.has(each))) {
      nodes.delete(node)
      work.push(api.remove(nodeType, { name: node }))
    }
  }
  pods.onChange(decide)
  pods.start()
  return {
    nodes: () => [...nodes],
    added: () => added,
    stop: async () => {
      await pods.stop()
      await Promise.all(work)
    },
  }
}

function isUnschedulable({ status }: Pod): boolean {
  return (status?.conditions ?? []).some(({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable')
}

function isOver({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed'
}

function nodeOf({ spec }: Pod): string {
  return (spec as { readonly nodeName?: string } | undefined)?.nodeName ?? ''
}

function isPlaced(pod: Pod): boolean {
  return nodeOf(pod) !== ''
}
