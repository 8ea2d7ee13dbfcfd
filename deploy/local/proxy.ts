import { join } from 'node:path'
import { describeKubeconfig, kubeconfigPath } from './kubeconfig.ts'
import type { Part, PartContext } from './part.ts'
import { ports, settings } from './settings.ts'

/** kube-proxy exits when its configuration file is rewritten; files are written only when they change. */
export function describeProxy({ site, tools }: PartContext): Part {
  const path = join(site.config, 'kube-proxy.json')
  const config = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    clientConnection: { kubeconfig: kubeconfigPath(site, 'kube-proxy') },
    clusterCIDR: settings.podRange,
    hostnameOverride: settings.nodeName,
    bindAddress: settings.nodeAddress,
    healthzBindAddress: `${settings.nodeAddress}:${ports.kubeProxyHealth}`,
    metricsBindAddress: `${settings.nodeAddress}:${ports.kubeProxyMetrics}`,
    nodePortAddresses: ['primary'],
    // The machine's own limits on tracked connections stay as they are.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    iptables: { minSyncPeriod: '100ms', syncPeriod: '30s' },
    oomScoreAdj: 0,
  }
  return {
    name: 'kube-proxy',
    command: tools['kube-proxy'] as string,
    args: [`--config=${path}`],
    files: [{ path, content: JSON.stringify(config, null, 2) }, describeKubeconfig(site, 'kube-proxy')],
    needs: ['kube-apiserver'],
    health: { url: `http://${settings.nodeAddress}:${ports.kubeProxyHealth}/livez` },
  }
}
