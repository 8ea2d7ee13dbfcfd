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
  const found = config === undefined ? undefined : near.findConfig(namespace, config)
  const listed = connections === undefined ? undefined : near.listConnections(namespace)
  const set = setting === undefined ? undefined : near.findSetting(namespace)
  const waits = queueing === undefined ? undefined : near.findQueueing(namespace)
  const limits = quotas === undefined ? undefined : near.listQuotas(namespace)
  const answers = [
    [config, found],
    [connections, listed],
    [setting, set],
    [queueing, waits],
    [quotas, limits],
  ] as const
  if (answers.some(([asked, answer]) => asked !== undefined && answer === undefined)) return undefined
  return {
    ...facts,
    ...(listed === undefined ? {} : { connections: listed }),
    ...(set === undefined ? {} : { setting: set }),
    ...(waits === undefined ? {} : { queueing: waits }),
    ...(limits === undefined ? {} : { quotas: limits }),
    // Only told, so nothing is a fine answer: no read could say more.
    ...(sight === undefined ? {} : { sight: near.findQueue(namespace) ?? {} }),
    ...(config === undefined ? {} : { configs: new Map([...facts.configs, [config, found]]) }),
  }
}
