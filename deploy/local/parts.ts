import { createHash } from 'node:crypto'
import { describeContainerd } from './containerd.ts'
import { describeApiServer, describeControllerManager, describeScheduler } from './control-plane.ts'
import { describeDns } from './dns.ts'
import { describeEtcd } from './etcd.ts'
import type { ToolName } from './go-modules.ts'
import { describeKubelet } from './kubelet.ts'
import type { Part, PartContext } from './part.ts'
import { describeProxy } from './proxy.ts'
import { describeRegistry } from './registry.ts'
import { settings } from './settings.ts'

/** In the order in which the first build makes them: small ones first, the longest in the middle. */
export const neededTools: readonly ToolName[] = [
  'crane',
  'etcd',
  'kube-apiserver',
  'kubelet',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'kubectl',
  'coredns',
]

/** All programs of the cluster; `down` ends them from last to first. */
export function describeParts(context: PartContext): Part[] {
  return [
    describeRegistry(context),
    describeContainerd(context),
    describeEtcd(context),
    describeApiServer(context),
    describeControllerManager(context),
    describeScheduler(context),
    describeProxy(context),
    describeDns(context),
    describeKubelet(context),
  ]
}

/** Two checkouts whose parts hash the same share one cluster; another hash means it is replaced. */
export function hashDefinition(parts: readonly Part[]): string {
  return createHash('sha256')
    .update(JSON.stringify([settings, parts]))
    .digest('hex')
    .slice(0, 16)
}
