import { kubectl } from '../../deploy/install/kubectl.ts'
import type { Pod, ResourceType } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { type Bench, benchNamespace } from './bench-cluster.ts'

const nodes: ResourceType = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false }
const nodeName = 'c8s-bench-fake'
/** The node controller gives a node up after 50 s of silence. */
const heartbeatMs = 10_000
/** Steps last from one to ten seconds, the same in each run of the bench: real ones do not end in one instant. */
const shortestMs = 1000
const longestMs = 10_000

const timestamp = () => new Date().toISOString().replace(/\.\d+Z$/, 'Z')

function renderStatus() {
  const room = { cpu: '1000', memory: '1000Gi', pods: '5000' }
  const at = timestamp()
  const ready = { type: 'Ready', status: 'True', reason: 'Fake', lastHeartbeatTime: at, lastTransitionTime: at }
  return { status: { capacity: room, allocatable: room, conditions: [ready] } }
}

const terminated = (name: string) => ({
  name,
  ready: false,
  restartCount: 0,
  image: 'fake',
  imageID: '',
  state: { terminated: { exitCode: 0, reason: 'Completed', startedAt: timestamp(), finishedAt: timestamp() } },
})

const running = (name: string) => ({
  name,
  ready: true,
  restartCount: 0,
  image: 'fake',
  imageID: '',
  state: { running: { startedAt: timestamp() } },
})

export interface FakeNode {
  /** Pod name → when its step's end was written to pod status, by performance.now(). */
  readonly endedAt: ReadonlyMap<string, number>
  stop(): Promise<void>
}

interface Play {
  readonly bench: Bench
  readonly endedAt: Map<string, number>
  /** How long the step lasts. */
  readonly stepMs: number
}

/** Plays kubelet for one pod: running at once, ended after its time. */
async function playPod({ bench, endedAt, stepMs }: Play, pod: Pod): Promise<void> {
  const name = pod.metadata.name ?? ''
  const containers = (pod.spec?.containers ?? []).map((container) => container.name)
  const write = (status: object) =>
    bench.client.patch(
      resourceTypes.pod,
      { namespace: benchNamespace, name },
      { status: { startTime: timestamp(), ...status } },
      { subresource: 'status' },
    )
  await write({ phase: 'Running', containerStatuses: containers.map(running) })
  await new Promise((resolve) => setTimeout(resolve, stepMs))
  await write({ phase: 'Succeeded', containerStatuses: containers.map(terminated) })
  endedAt.set(name, performance.now())
}

/**
 * A node without kubelet that ends every step after its time, and takes all pods while the real nodes are cordoned:
 * measures c8s and the control plane without the cost of 50 pods starting at once on two cores.
 */
export async function startFakeNode(bench: Bench): Promise<FakeNode> {
  const real = kubectl(bench.target, ['get', 'nodes', '-o', 'name']).trim().split('\n')
  const metadata = { name: nodeName, labels: { 'kubernetes.io/hostname': nodeName } }
  await bench.client.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata })
  const beat = () => bench.client.patch(nodes, { name: nodeName }, renderStatus(), { subresource: 'status' })
  await beat()
  const heartbeat = setInterval(() => void beat(), heartbeatMs)
  for (const node of real) kubectl(bench.target, ['cordon', node])
  const endedAt = new Map<string, number>()
  const seen = new Set<string>()
  bench.pods.onChange(({ object }) => {
    const name = object?.metadata.name ?? ''
    if (object === undefined || seen.has(name) || readNodeName(object) !== nodeName) return
    // The golden ratio spreads the lengths evenly, whatever their number.
    const stepMs = shortestMs + ((seen.size * 0.618034) % 1) * (longestMs - shortestMs)
    seen.add(name)
    void playPod({ bench, endedAt, stepMs }, object)
  })
  const stop = async () => {
    clearInterval(heartbeat)
    for (const node of real) kubectl(bench.target, ['uncordon', node])
    await bench.client.remove(nodes, { name: nodeName })
  }
  return { endedAt, stop }
}

function readNodeName(pod: Pod): string | undefined {
  return (pod.spec as { readonly nodeName?: string } | undefined)?.nodeName
}
