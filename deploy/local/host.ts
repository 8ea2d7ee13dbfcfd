import { readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import process from 'node:process'
import { listProcesses } from './process.ts'
import type { Site } from './site.ts'

export interface HostFacts {
  platform: string
  isRoot: boolean
  /** Programs of another Kubernetes node that work in this machine's own network. */
  foreign: readonly { pid: number; name: string }[]
}

const NODE_PROGRAMS = ['kubelet', 'kube-proxy', 'k3s', 'k0s', 'rke2']

/** Why the local cluster cannot run here, in one sentence that says what to do; undefined when it can. */
export function findRefusal(facts: HostFacts): string | undefined {
  const instead = 'Set C8S_CONTEXT to a context of your kubeconfig to use a cluster of your own.'
  if (facts.platform !== 'linux') return `The local cluster runs on Linux only (this is ${facts.platform}). ${instead}`
  if (!facts.isRoot) return `The local cluster starts containers and routes, so it must be started by root. ${instead}`
  const [other] = facts.foreign
  if (other === undefined) return undefined
  return `Another Kubernetes node runs on this machine (${other.name}, process ${other.pid}), and two would share rules and groups. ${instead}`
}

export function gatherHostFacts(site: Site): HostFacts {
  const own = readNetworkNamespace('self')
  const foreign = listProcesses()
    .filter(({ args }) => NODE_PROGRAMS.includes(basename(args[0] ?? '')))
    .filter(({ args }) => !args.some((arg) => arg.includes(`${site.folder}/`)))
    // The nodes of kind are containers with a network of their own: no quarrel with them.
    .filter(({ pid }) => readNetworkNamespace(pid) === own)
    .map(({ pid, args }) => ({ pid, name: basename(args[0] ?? '') }))
  return { platform: process.platform, isRoot: process.getuid?.() === 0, foreign }
}

function readNetworkNamespace(pid: number | 'self'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch {
    return undefined
  }
}
