import type { KubeList, KubeObject, ResourceType } from '../../lib/kubernetes.ts'
import type { ExpectedInstallation, ServerFacts } from './facts.ts'

/** Which cluster, as whom: flags of the command; else as kubectl takes it from the environment. */
export interface ClusterChoice {
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
}

export interface ListSelection {
  readonly namespace?: string
  readonly labelSelector?: string
}

/** The cluster as a command sees it, with the caller's own rights. What is refused throws, with a sentence for people. */
export interface DoctorCluster {
  readonly expected: ExpectedInstallation
  readServer(): Promise<ServerFacts>
  get<T extends KubeObject>(type: ResourceType, key: { namespace?: string; name: string }): Promise<T | undefined>
  list<T extends KubeObject>(type: ResourceType, selection?: ListSelection): Promise<KubeList<T>>
  /** A create that stores nothing. */
  tryCreate<T extends KubeObject>(type: ResourceType, object: T): Promise<T>
  close(): void
}
