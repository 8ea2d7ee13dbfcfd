import { type KubectlTarget, kubectl } from '../../deploy/install/kubectl.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'

interface Node extends KubeObject {
  readonly spec?: { readonly unschedulable?: boolean }
  readonly status?: { readonly nodeInfo?: { readonly kubeletVersion?: string } }
}

/** Volumes on a node's own disk, for clusters that have nothing to make volumes with. */
export interface StaticVolumes {
  readonly storageClassName: string
  remove(): void
}

/** The scheduler compares labels alone. */
const hostLabel = 'kubernetes.io/hostname'

interface ChosenNode {
  readonly name: string
  readonly host: string
}

/** Where the volumes lie on the node. */
const base = '/tmp'

/**
 * Makes volumes of a StorageClass that exists only in their name; `id` must be free in the cluster. The folders are made and
 * removed by a pod on the node, since the test may run elsewhere.
 */
export function createStaticVolumes(
  target: KubectlTarget,
  { id, namespace, image, count }: { id: string; namespace: string; image: string; count: number },
): StaticVolumes {
  const node = chooseNode(target)
  const folders = Array.from({ length: count }, (_, index) => `${id}-${index}`)
  const runOnNode = (name: string, command: readonly string[]) => {
    const pod = renderPod(name, { node, image, command })
    kubectl(target, ['-n', namespace, 'apply', '-f', '-'], JSON.stringify(pod))
    const done = '--for=jsonpath={.status.phase}=Succeeded'
    kubectl(target, ['-n', namespace, 'wait', done, `pod/${name}`, '--timeout=60s'])
  }
  const remove = () => kubectl(target, ['delete', 'pv', ...folders, '--ignore-not-found', '--wait=false'])
  remove()
  runOnNode('volumes-make', ['mkdir', '-p', ...folders.map((name) => `/node/${name}`)])
  const items = folders.map((name) => renderVolume(name, { node, storageClassName: id }))
  kubectl(target, ['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  return {
    storageClassName: id,
    remove: () => {
      remove()
      runOnNode('volumes-remove', ['rm', '-rf', ...folders.map((name) => `/node/${name}`)])
    },
  }
}

/** One that really runs pods: KWOK's only say so. */
function chooseNode(target: KubectlTarget): ChosenNode {
  const { items } = JSON.parse(kubectl(target, ['get', 'nodes', '-o', 'json'])) as { items: readonly Node[] }
  const isReal = ({ spec, status }: Node) =>
    spec?.unschedulable !== true && status?.nodeInfo?.kubeletVersion?.startsWith('kwok') !== true
  const { name, labels = {} } = items.find(isReal)?.metadata ?? {}
  if (name === undefined) throw new Error('no node runs pods')
  return { name, host: labels[hostLabel] ?? name }
}

function renderPod(
  name: string,
  { node, image, command }: { node: ChosenNode; image: string; command: readonly string[] },
) {
  const container = { name: 'main', image, command, volumeMounts: [{ name: 'node', mountPath: '/node' }] }
  const volumes = [{ name: 'node', hostPath: { path: base } }]
  const spec = { nodeName: node.name, restartPolicy: 'Never', containers: [container], volumes }
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec }
}

function renderVolume(name: string, { node, storageClassName }: { node: ChosenNode; storageClassName: string }) {
  const isNode = { matchExpressions: [{ key: hostLabel, operator: 'In', values: [node.host] }] }
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      storageClassName,
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      local: { path: `${base}/${name}` },
      nodeAffinity: { required: { nodeSelectorTerms: [isNode] } },
    },
  }
}
