import { join } from 'node:path'
import { describeKubeconfig, kubeconfigPath } from './kubeconfig.ts'
import type { Part, PartContext } from './part.ts'
import { localRegistry, ports, settings } from './settings.ts'

/**
 * CoreDNS as a process of the machine behind the Service kube-dns: names resolve as soon as the
 * node is there, and no pod has to be scheduled for it.
 */
export function describeDns({ site, tools }: PartContext): Part {
  const path = join(site.config, 'Corefile')
  return {
    name: 'coredns',
    command: tools['coredns'] as string,
    args: ['-conf', path],
    files: [{ path, content: renderCorefile(kubeconfigPath(site, 'coredns')) }, describeKubeconfig(site, 'coredns')],
    needs: ['kube-apiserver'],
    health: { url: `http://${settings.nodeAddress}:${ports.dnsHealth}/health` },
  }
}

export function renderCorefile(kubeconfig: string): string {
  return `.:${ports.dns} {
  bind ${settings.nodeAddress}
  errors
  health ${settings.nodeAddress}:${ports.dnsHealth} {
    lameduck 0s
  }
  hosts {
    ${settings.nodeAddress} ${localRegistry.domain}
    fallthrough
  }
  kubernetes ${settings.clusterDomain} in-addr.arpa ip6.arpa {
    kubeconfig ${kubeconfig}
    pods insecure
    fallthrough in-addr.arpa ip6.arpa
    ttl 5
  }
  forward . /etc/resolv.conf
  cache 10
}
`
}

type Manifest = Record<string, unknown>

/** What the cluster must hold for its DNS: the Service, where it leads, and the right to read names. */
export function renderDnsObjects(): Manifest[] {
  const metadata = { name: 'kube-dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } }
  const both = [
    { name: 'dns', port: ports.dns, protocol: 'UDP' },
    { name: 'dns-tcp', port: ports.dns, protocol: 'TCP' },
  ]
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { clusterIP: settings.dnsServiceAddress, ports: both },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: 'kube-dns-c8s-local',
        namespace: 'kube-system',
        labels: {
          'kubernetes.io/service-name': 'kube-dns',
          'endpointslice.kubernetes.io/managed-by': 'c8s-local',
        },
      },
      addressType: 'IPv4',
      endpoints: [{ addresses: [settings.nodeAddress], conditions: { ready: true } }],
      ports: both,
    },
    ...renderDnsRights(),
  ]
}

function renderDnsRights(): Manifest[] {
  const read = ['list', 'watch']
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'system:coredns' },
      rules: [
        { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs: read },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: read },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'system:coredns' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:coredns' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'system:coredns' }],
    },
  ]
}
