import type { PipelineConfig, PipelineRun, RepositoryConnection } from '../crds/kinds.ts'
import { group } from '../crds/labels.ts'
import type { Prices } from '../src/engine/preview/estimate.ts'
import type { Instant } from '../src/lib/clock.ts'
import type { KubeObject, ResourceQuota, UserInfo } from '../src/lib/kubernetes.ts'
import { pickNewQueueing, type Queueing, type QueueSight } from './queueing.ts'
import { type NamespaceSetting, pickNewSetting } from './setting.ts'

/** What an installation can set. */
export interface AdmissionSettings {
  /** Image of c8s's own containers in a step's pod. */
  readonly image: string
  /** Refuse a config or connection that names something that does not exist, instead of warning (decision 14). */
  readonly strictReferences: boolean
  /** What the cost of a dry run is told in; CPU-hours and GiB-hours without. */
  readonly prices?: Prices | undefined
}

/** What must be read before a request can be judged. All of one namespace: the request's. */
export interface FactNeeds {
  readonly config?: string
  /** Names of all configs, for the message that one is missing. */
  readonly configNames?: boolean
  readonly run?: string
  /** Whether the run as a watch has it says all that there is to say, however the run goes on. Without it: read live. */
  readonly isRunEnough?: (run: PipelineRun) => boolean
  /** `live` where a verdict hangs on them, `near` where what a watch has told is good enough. */
  readonly connections?: 'near' | 'live'
  readonly quotas?: boolean
  readonly namespace?: boolean
  /** Policy and LimitRanges of the namespace: `live` for the last word, `near` where a watch is good enough. */
  readonly setting?: 'near' | 'live'
  /** How full it is there, as far as a watch knows. */
  readonly sight?: boolean
  /** How runs of the namespace wait. */
  readonly queueing?: 'near' | 'live'
  /** Secrets of which the metadata is looked at. */
  readonly secrets?: readonly string[]
  readonly rights?: readonly RightQuestion[]
}

/** May this subject do that with the object of that name, in the request's namespace? */
export interface RightQuestion {
  readonly subject: UserInfo
  readonly verb: string
  /** Empty for Kubernetes' own first group. */
  readonly group: string
  /** Plural. */
  readonly resource: string
  readonly name: string
}

/** May this subject use this Secret? */
export function askUse(subject: UserInfo, secret: string): RightQuestion {
  return { subject, verb: 'use', group: '', resource: 'secrets', name: secret }
}

/** May this subject approve this run? The name is empty while the API server is still to make it. */
export function askApprove(subject: UserInfo, run: string): RightQuestion {
  return { subject, verb: 'approve', group, resource: 'pipelineruns', name: run }
}

/**
 * What was read. A part that is undefined was not asked for; in the maps, an entry whose value is undefined was asked
 * for and does not exist.
 */
export interface Facts {
  readonly now: Instant
  readonly settings: AdmissionSettings
  readonly configs: ReadonlyMap<string, PipelineConfig | undefined>
  readonly configNames?: readonly string[]
  readonly runs: ReadonlyMap<string, PipelineRun | undefined>
  readonly connections?: readonly RepositoryConnection[]
  readonly areConnectionsLive?: boolean
  readonly quotas?: readonly ResourceQuota[]
  readonly namespaceLabels?: Readonly<Record<string, string>>
  readonly setting?: NamespaceSetting
  readonly isSettingLive?: boolean
  readonly queueing?: Queueing
  /** Empty where no watch could be asked. */
  readonly sight?: Partial<QueueSight>
  readonly isQueueingLive?: boolean
  readonly secrets: ReadonlyMap<string, KubeObject | undefined>
  /** By toRightKey. */
  readonly rights: ReadonlyMap<string, boolean>
}

/** The same text for the same question, in whatever order its fields were written. */
export function toRightKey({ subject, verb, group, resource, name }: RightQuestion): string {
  const { username, uid = '', groups = [], extra = {} } = subject
  const sorted = Object.entries(extra).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([verb, group, resource, name, username, uid, groups, sorted])
}

export function createFacts(now: Instant, settings: AdmissionSettings): Facts {
  return { now, settings, configs: new Map(), runs: new Map(), secrets: new Map(), rights: new Map() }
}

/** The part of the needs that the facts don't answer yet; undefined where they answer all. */
export function findMissing(needs: FactNeeds, facts: Facts): FactNeeds | undefined {
  const secrets = (needs.secrets ?? []).filter((name) => !facts.secrets.has(name))
  const rights = (needs.rights ?? []).filter((question) => !facts.rights.has(toRightKey(question)))
  const missing: FactNeeds = {
    ...pickNew('config', needs.config, facts.configs),
    ...pickNewRun(needs, facts),
    ...(isNewPart(needs.configNames, facts.configNames) ? { configNames: true } : {}),
    ...pickNewConnections(needs.connections, facts),
    ...(isNewPart(needs.quotas, facts.quotas) ? { quotas: true } : {}),
    ...(isNewPart(needs.namespace, facts.namespaceLabels) ? { namespace: true } : {}),
    ...pickNewSetting(needs.setting, facts),
    ...(isNewPart(needs.sight, facts.sight) ? { sight: true } : {}),
    ...pickNewQueueing(needs.queueing, facts),
    ...(secrets.length === 0 ? {} : { secrets: [...new Set(secrets)] }),
    ...(rights.length === 0 ? {} : { rights }),
  }
  return Object.keys(missing).length === 0 ? undefined : missing
}

function pickNewRun({ run, isRunEnough }: FactNeeds, { runs }: Facts): FactNeeds {
  const added = pickNew('run', run, runs)
  return added.run === undefined || isRunEnough === undefined ? added : { ...added, isRunEnough }
}

function pickNew(key: 'config' | 'run', name: string | undefined, known: ReadonlyMap<string, unknown>): FactNeeds {
  return name === undefined || known.has(name) ? {} : { [key]: name }
}

function pickNewConnections(wanted: FactNeeds['connections'], facts: Facts): FactNeeds {
  const isKnown = facts.connections !== undefined && (wanted === 'near' || facts.areConnectionsLive === true)
  return wanted === undefined || isKnown ? {} : { connections: wanted }
}

function isNewPart(isNeeded: boolean | undefined, part: unknown): boolean {
  return isNeeded === true && part === undefined
}
