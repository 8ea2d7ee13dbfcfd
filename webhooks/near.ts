import type { PipelineConfig, PipelineRun, RepositoryConnection } from '../crds/kinds.ts'
import type { ResourceQuota } from '../src/lib/kubernetes.ts'
import type { LimitRange } from '../src/lib/limit-range.ts'
import { type FactNeeds, type Facts, findMissing } from './facts.ts'
import type { Queueing, QueueSight } from './queueing.ts'
import type { NamespaceSetting } from './setting.ts'

/**
 * What watches have told so far. It may be behind the cluster by the time an event takes, so it never decides alone: a
 * plan that was frozen from it is proved by a live read before the run is let through, a refusal is proved by live reads,
 * and a connection that was missed is found when the step's Job is made. See docs/adr.
 */
export interface NearObjects {
  /** undefined where it is not known; that may mean "not yet". */
  findConfig(namespace: string, name: string): PipelineConfig | undefined
  /** Trimmed to what a Job is judged by. */
  findRun(namespace: string, name: string): PipelineRun | undefined
  /** undefined while the watch has not caught up. */
  findQueue(namespace: string): QueueSight | undefined
  /** undefined while the watch has not caught up. */
  listConnections(namespace: string): readonly RepositoryConnection[] | undefined
  listQuotas(namespace: string): readonly ResourceQuota[] | undefined
  listLimitRanges(namespace: string): readonly LimitRange[] | undefined
  /** Policy and LimitRanges; undefined where the namespace is not known, too. */
  findSetting(namespace: string): NamespaceSetting | undefined
  findQueueing(namespace: string): Queueing | undefined
}

/** The facts as the watches have them, at once; undefined where they cannot answer everything that is asked. */
export function guessFacts(
  start: Facts,
  planReads: (facts: Facts) => FactNeeds,
  { near, namespace }: NearPlace,
): Facts | undefined {
  let facts = start
  for (;;) {
    const missing = findMissing(planReads(facts), facts)
    if (missing === undefined) return facts
    const more = readNear(missing, facts, { near, namespace })
    if (more === undefined) return undefined
    facts = more
  }
}

interface NearPlace {
  readonly near: NearObjects
  readonly namespace: string
}

/** The facts with all that is missing; undefined where the watches do not know something of it. */
function readNear(missing: FactNeeds, facts: Facts, { near, namespace }: NearPlace): Facts | undefined {
  const { config, connections, setting, queueing, quotas, sight, ...others } = missing
  if (Object.keys(others).length > 0 || [connections, setting, queueing].includes('live')) return undefined
  const addConfig = (found: PipelineConfig, name: string) => ({ configs: new Map([...facts.configs, [name, found]]) })
  const parts = [
    ask(config, (name) => near.findConfig(namespace, name), addConfig),
    ask(
      connections,
      () => near.listConnections(namespace),
      (found) => ({ connections: found }),
    ),
    ask(
      setting,
      () => near.findSetting(namespace),
      (found) => ({ setting: found }),
    ),
    ask(
      queueing,
      () => near.findQueueing(namespace),
      (found) => ({ queueing: found }),
    ),
    ask(
      quotas,
      () => near.listQuotas(namespace),
      (found) => ({ quotas: found }),
    ),
    // Only told, so nothing is an answer, too: no read could say more.
    ask(
      sight,
      () => near.findQueue(namespace) ?? {},
      (found) => ({ sight: found }),
    ),
  ]
  const known = parts.filter((part) => part !== undefined)
  return known.length < parts.length ? undefined : known.reduce<Facts>((all, part) => ({ ...all, ...part }), facts)
}

/** A part of the facts: empty where nothing is wanted, undefined where the watch does not know it. */
function ask<W, T>(
  wanted: W | undefined,
  find: (wanted: W) => T | undefined,
  toPart: (found: T, wanted: W) => Partial<Facts>,
): Partial<Facts> | undefined {
  if (wanted === undefined) return {}
  const found = find(wanted)
  return found === undefined ? undefined : toPart(found, wanted)
}
