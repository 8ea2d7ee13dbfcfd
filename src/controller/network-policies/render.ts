import { labels, stepsNetworkPolicy } from '../../../crds/labels.ts'
import type { Egress } from '../../../crds/policy/document.ts'
import type { KubeObject } from '../../lib/kubernetes.ts'

interface Peer {
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] }
  readonly namespaceSelector?: { readonly matchLabels: Readonly<Record<string, string>> }
}

interface Port {
  readonly protocol: string
  readonly port: number
}

interface EgressRule {
  readonly to: readonly Peer[]
  readonly ports?: readonly Port[]
}

/** As much of networking.k8s.io/v1 as is written here. */
export interface NetworkPolicy extends KubeObject {
  readonly spec?: {
    readonly podSelector: object
    readonly policyTypes?: readonly string[]
    readonly egress?: readonly EgressRule[]
  }
}

/** The NetworkPolicy of a namespace. Every default is written out, so that it can be compared with what is stored. */
export function renderNetworkPolicy(namespace: string, { mode, allow = [] }: Egress): NetworkPolicy {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: stepsNetworkPolicy, namespace, labels: { [labels.partOf]: 'c8s', [labels.managedBy]: 'c8s' } },
    spec: {
      podSelector: { matchExpressions: [{ key: labels.jobType, operator: 'Exists' }] },
      policyTypes: ['Egress'],
      egress: [names, ...(mode === 'https' ? [web] : []), ...allow.map(renderDestination)],
    },
  }
}

const inNamespace = (name: string): Peer => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
})

/** The cluster's DNS, and the usual address of NodeLocal DNSCache. */
const names: EgressRule = {
  to: [inNamespace('kube-system'), { ipBlock: { cidr: '169.254.20.10/32' } }],
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
}

/** Everywhere but the link-local addresses, where clouds tell a node's credentials. */
const web: EgressRule = {
  to: [
    { ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] } },
    { ipBlock: { cidr: '::/0', except: ['fe80::/10', 'fd00:ec2::254/128'] } },
  ],
  ports: [{ protocol: 'TCP', port: 443 }],
}

function renderDestination({ cidr, except, namespace, ports }: NonNullable<Egress['allow']>[number]): EgressRule {
  const block = { cidr: cidr ?? '', ...(except === undefined ? {} : { except }) }
  return {
    to: [namespace === undefined ? { ipBlock: block } : inNamespace(namespace)],
    ...(ports === undefined ? {} : { ports: ports.map(({ port, protocol = 'TCP' }) => ({ protocol, port })) }),
  }
}
