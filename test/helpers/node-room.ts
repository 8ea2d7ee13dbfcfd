import { measurePod } from '../../src/engine/queue/demand.ts'
import type { KubeObject, Pod } from '../../src/lib/kubernetes.ts'
import { parseQuantity } from '../../src/lib/quantity.ts'
import type { TestCluster } from './cluster.ts'

interface Node extends KubeObject {
  readonly status?: { readonly allocatable?: Readonly<Record<string, string>> }
}

const list = (cluster: TestCluster, ...args: readonly string[]) =>
  (JSON.parse(cluster.run('get', ...args, '-o', 'json')) as { readonly items: readonly KubeObject[] }).items

/** Left for what c8s adds to a step's pod. */
const marginMillis = 200

/** undefined where there are several: a full one would send its pods to the next. */
export function findOnlyNode(cluster: TestCluster): string | undefined {
  const [node, ...others] = list(cluster, 'nodes')
  return others.length > 0 ? undefined : node?.metadata.name
}

/**
 * Thousandths of a CPU that no other pod of the node leaves room for twice: more than half of it, and most of what nobody asks
 * for now. Pods of tests before may end at any moment, so what is free now says nothing about later.
 */
export function measureFillingMillis(cluster: TestCluster, name: string): number {
  const { status } = JSON.parse(cluster.run('get', 'node', name, '-o', 'json')) as Node
  const onNode = `spec.nodeName=${name},status.phase!=Succeeded,status.phase!=Failed`
  const pods = list(cluster, 'pods', '--all-namespaces', '--field-selector', onNode) as readonly Pod[]
  const staying = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const used = staying.reduce((sum, { spec }) => sum + (measurePod(spec ?? { containers: [] }).get('cpu') ?? 0n), 0n)
  const all = parseQuantity(status?.allocatable?.['cpu'] ?? '0') ?? 0n
  const [room, free] = [Number(all / 1_000_000n), Number((all - used) / 1_000_000n)]
  return Math.max(Math.ceil(room * 0.55), free - marginMillis)
}
