/**
 * Addresses and names of the local cluster, the only place that spells them.
 * None of them is reachable from outside the machine: the node's address lies on the loopback device.
 */
export const settings = {
  nodeName: 'c8s-local',
  /** Not in 127.0.0.0/8, because a node's address must not be loopback. */
  nodeAddress: '10.243.0.1',
  podRange: '10.244.0.0/20',
  serviceRange: '10.96.0.0/16',
  /** First address of the Service range: `kubernetes.default`. */
  apiServiceAddress: '10.96.0.1',
  dnsServiceAddress: '10.96.0.10',
  clusterDomain: 'cluster.local',
  maxPods: 250,
} as const

/** Every server listens on the node's address only, so none of these takes a port of the machine itself. */
export const ports = {
  apiServer: 6443,
  etcd: 2379,
  etcdPeer: 2380,
  registry: 5000,
  dns: 53,
  dnsHealth: 8080,
  kubelet: 10250,
  kubeletHealth: 10248,
  kubeProxyMetrics: 10249,
  kubeProxyHealth: 10256,
  controllerManager: 10257,
  scheduler: 10259,
} as const

const registryDomain = 'registry.c8s.local'

/**
 * The registry: plain HTTP, the same name on the machine (a line in /etc/hosts), in pods (cluster
 * DNS) and for containerd. Image names start with it: `registry.c8s.local:5000/c8s:dev`.
 */
export const localRegistry = {
  domain: registryDomain,
  host: `${registryDomain}:${ports.registry}`,
  url: `http://${settings.nodeAddress}:${ports.registry}`,
} as const

export const pauseImage = `${localRegistry.host}/c8s-local/pause:1`

export const contextName = 'c8s-local'
