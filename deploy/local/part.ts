import type { Site } from './site.ts'

/** A program of the cluster, described as data: what it runs with, and how one knows that it is well. */
export interface Part {
  name: PartName
  command: string
  args: readonly string[]
  files: readonly ConfigFile[]
  /** Parts that must be healthy before this one starts. */
  needs: readonly PartName[]
  health: Health
}

export type PartName =
  | 'containerd'
  | 'coredns'
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-proxy'
  | 'kube-scheduler'
  | 'kubelet'
  | 'registry'

export interface ConfigFile {
  path: string
  content: string
}

/** `clientOf` names the key pair that the check presents; `socket` is a Unix socket that must accept. */
export type Health = { url: string; clientOf?: string } | { socket: string }

/** What a part's description depends on; all of it data. */
export interface PartContext {
  site: Site
  tools: Readonly<Record<string, string>>
}
