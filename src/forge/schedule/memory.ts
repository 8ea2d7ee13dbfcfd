import type { PipelineConfig } from '../../../crds/kinds.ts'
import type { PipelineConfigStatus } from '../../../crds/pipeline-config.ts'
import { isNotFound } from '../../kube/kube-error.ts'
import type { KubeWriter } from '../../kube/ports.ts'
import { type Instant, toTimestamp } from '../../lib/clock.ts'
import { isSameJson } from '../../lib/json-equal.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import { forgeFieldManager } from '../status.ts'
import { type Served, toScheduleKey } from './due.ts'

/** The part of a config's status that belongs to schedules and requests, all of it. */
export type ServedStatus = Pick<PipelineConfigStatus, 'lastRequest' | 'servedTokens' | 'lastScheduled'>

/** What this process knows of one config besides what the cache says. */
export interface Memory {
  /** As written last, or as it was found: the cache may lag behind our own writes. */
  status: ServedStatus
  /** Keys of its schedules, and when they came into the config. */
  added: ReadonlyMap<string, Instant>
  /** Occasions that are done though status does not say so yet, because another failed. */
  readonly done: Set<string>
  /** Rounds in a row after which something was left. */
  failures: number
}

export function openMemory(config: PipelineConfig): Memory {
  const { lastRequest, servedTokens, lastScheduled } = config.status ?? {}
  const status = {
    ...(lastRequest === undefined ? {} : { lastRequest }),
    ...(servedTokens === undefined ? {} : { servedTokens }),
    ...(lastScheduled === undefined ? {} : { lastScheduled }),
  }
  return { status, added: noteSchedules(undefined, config, Number.NEGATIVE_INFINITY), done: new Set(), failures: 0 }
}

/** The keys of the config's schedules; those that were not there before came now. */
export function noteSchedules(
  before: ReadonlyMap<string, Instant> | undefined,
  { spec }: PipelineConfig,
  now: Instant,
): ReadonlyMap<string, Instant> {
  const keys = (spec.triggers?.schedules ?? []).map(toScheduleKey)
  return new Map(keys.map((key) => [key, before?.get(key) ?? now]))
}

export function toServed({ status, added }: Memory, { metadata }: PipelineConfig): Served {
  const until = Date.parse(status.lastScheduled ?? metadata.creationTimestamp ?? '')
  return { until: Number.isNaN(until) ? 0 : until, added }
}

/** The status with schedules served up to that moment, in whole seconds. */
export function tellScheduled(status: ServedStatus, until: Instant): ServedStatus {
  return { ...status, lastScheduled: toTimestamp(until) }
}

/** Writes the status where it changed; it is remembered once it is stored. Throws KubeError. */
export async function storeServed(
  client: Pick<KubeWriter, 'apply'>,
  config: PipelineConfig,
  change: { readonly memory: Memory; readonly status: ServedStatus },
): Promise<void> {
  const { memory, status } = change
  if (isSameJson(status, memory.status)) return
  const { group, version, kind } = resourceTypes.pipelineConfig
  const { name = '', namespace = '', uid = '' } = config.metadata
  const body = { apiVersion: `${group}/${version}`, kind, metadata: { name, namespace, uid }, status }
  try {
    // Only the status is sent: spec belongs to others.
    await client.apply(resourceTypes.pipelineConfig, body as unknown as PipelineConfig, {
      subresource: 'status',
      force: true,
      fieldManager: forgeFieldManager,
    })
  } catch (error) {
    // The config is gone, and what was to be told of it with it.
    if (!isNotFound(error)) throw error
  }
  memory.status = status
}
