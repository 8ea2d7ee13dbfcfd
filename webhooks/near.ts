import type { PipelineConfig, RepositoryConnection } from '../crds/kinds.ts'
import type { ResourceQuota } from '../src/lib/kubernetes.ts'
import { type FactNeeds, type Facts, findMissing } from './facts.ts'

/**
 * What watches have told so far. It may be behind the cluster by the time an event takes, so it never decides alone: a
 * plan that was frozen from it is proved by a live read before the run is let through, a refusal is proved by live reads,
 * and a connection that was missed is found when the step's Job is made. See docs/adr.
 */
export interface NearObjects {
  /** undefined where it is not known; that may mean "not yet". */
  findConfig(namespace: string, name: string): PipelineConfig | undefined
  /** undefined while the watch has not caught up. */
  listConnections(namespace: string): readonly RepositoryConnection[] | undefined
  listQuotas(namespace: string): readonly ResourceQuota[] | undefined
}

/** The facts as the watches have them, at once; undefined where they cannot answer everything that is asked. */
export function guessFacts(
  start: Facts,
  planReads: (facts: Facts) => FactNeeds,
  { near, namespace }: { readonly near: NearObjects; readonly namespace: string },
): Facts | undefined {
  let facts = start
  for (;;) {
    const missing = findMissing(planReads(facts), facts)
    if (missing === undefined) return facts
    const { config, connections, ...others } = missing
    if (Object.keys(others).length > 0 || connections === 'live') return undefined
    const found = config === undefined ? undefined : near.findConfig(namespace, config)
    const listed = connections === undefined ? facts.connections : near.listConnections(namespace)
    if ((config !== undefined && found === undefined) || listed === undefined) return undefined
    facts = {
      ...facts,
      connections: listed,
      ...(config === undefined ? {} : { configs: new Map([...facts.configs, [config, found]]) }),
    }
  }
}
