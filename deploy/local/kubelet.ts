import { join } from 'node:path'
import { certificatePaths } from './certificates.ts'
import { containerdSocket } from './containerd.ts'
import { describeKubeconfig, kubeconfigPath } from './kubeconfig.ts'
import type { Part, PartContext } from './part.ts'
import { ports, settings } from './settings.ts'
import type { Site } from './site.ts'

export function kubeletFolder(site: Site): string {
  return join(site.run, 'kubelet')
}

export function describeKubelet({ site, tools }: PartContext): Part {
  const path = join(site.config, 'kubelet.json')
  return {
    name: 'kubelet',
    command: tools['kubelet'] as string,
    args: [
      `--config=${path}`,
      `--kubeconfig=${kubeconfigPath(site, 'kubelet')}`,
      `--hostname-override=${settings.nodeName}`,
      `--node-ip=${settings.nodeAddress}`,
      `--root-dir=${kubeletFolder(site)}`,
      `--cert-dir=${join(kubeletFolder(site), 'pki')}`,
    ],
    files: [
      { path, content: `${JSON.stringify(renderKubeletConfig(site), null, 2)}\n` },
      describeKubeconfig(site, 'kubelet'),
    ],
    needs: ['kube-apiserver', 'containerd'],
    health: { url: `http://${settings.nodeAddress}:${ports.kubeletHealth}/healthz` },
  }
}

export function renderKubeletConfig(site: Site): Record<string, unknown> {
  const keys = certificatePaths(site, 'kubelet')
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: settings.nodeAddress,
    port: ports.kubelet,
    healthzBindAddress: settings.nodeAddress,
    healthzPort: ports.kubeletHealth,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: keys.authority },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: keys.certificate,
    tlsPrivateKeyFile: keys.key,
    containerRuntimeEndpoint: `unix://${containerdSocket(site)}`,
    clusterDNS: [settings.dnsServiceAddress],
    clusterDomain: settings.clusterDomain,
    podLogsDir: join(site.data, 'pod-logs'),
    volumePluginDir: join(kubeletFolder(site), 'volume-plugins'),
    // Big enough that a long step's log is read whole with `kubectl logs`.
    containerLogMaxSize: '1Gi',
    containerLogMaxFiles: 2,
    maxPods: settings.maxPods,
    serializeImagePulls: false,
    registryPullQPS: 0,
    eventRecordQPS: 0,
    ...renderMachineConfig(),
  }
}

/** What differs from a server in a rack: old cgroups, no CAP_SYS_RESOURCE, disks shared with other work. */
function renderMachineConfig(): Record<string, unknown> {
  return {
    cgroupDriver: 'cgroupfs',
    failCgroupV1: false,
    failSwapOn: false,
    oomScoreAdj: 0,
    makeIPTablesUtilChains: false,
    // Nothing is reserved for the system, so all of the machine's cores can be asked for.
    enforceNodeAllocatable: ['pods'],
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    // Images come from a registry on the same disk: removing them would free nothing.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
  }
}
