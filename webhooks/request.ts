import type { KubeObject, ResourceType, UserInfo } from '../src/lib/kubernetes.ts'
import { resourceTypes } from '../src/lib/resource-types.ts'

export const operations = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const
type Operation = (typeof operations)[number]

/** What the API server asks about one object. The objects are the raw JSON, so unknown fields survive. */
export interface AdmissionRequest {
  readonly uid: string
  /** Plural of the resource with its group: `pipelineruns.c8s.dev`. */
  readonly resource: string
  readonly subresource: string | undefined
  readonly operation: Operation
  readonly namespace: string
  /** Empty where the API server is still to make one from generateName. */
  readonly name: string
  readonly user: UserInfo
  readonly dryRun: boolean
  /** Absent on DELETE. */
  readonly object: KubeObject | undefined
  /** Present on UPDATE and DELETE. */
  readonly oldObject: KubeObject | undefined
  /** The object has been completed from the run that it runs again, its event too. Never read from what is sent. */
  readonly isRerun?: boolean
}

export function toResourceName({ group, plural }: Pick<ResourceType, 'group' | 'plural'>): string {
  return group === '' ? plural : `${plural}.${group}`
}

/** The kinds that the webhooks are registered for. */
export const admittedTypes = [
  resourceTypes.pipelineConfig,
  resourceTypes.pipelineRun,
  resourceTypes.repositoryConnection,
  resourceTypes.job,
] as const satisfies readonly ResourceType[]
