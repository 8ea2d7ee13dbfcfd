import type { PipelineRun } from '../../crds/kinds.ts'
import type { NearObjects } from '../../webhooks/near.ts'
import { findTeam, type TeamSight } from '../../webhooks/queueing.ts'
import { holdsRoom, measureHeld } from '../engine/queue/held.ts'
import type { IndexFunction } from '../kube/cache.ts'
import type { Informer } from '../kube/informer.ts'
import type { KubeObject } from '../lib/kubernetes.ts'

/** By namespace, and only those that a dry run asks for: most runs have ended. */
export const sightIndexes: Readonly<Record<'waiting' | 'holding', IndexFunction<PipelineRun>>> = {
  waiting: ({ metadata, status }) => (status?.queue === undefined ? [] : [metadata.namespace ?? '']),
  holding: ({ metadata, status }) => (status?.steps?.some(holdsRoom) === true ? [metadata.namespace ?? ''] : []),
}

interface Watched {
  readonly runs: Informer<PipelineRun>
  readonly namespaces: Informer<KubeObject>
  readonly isCurrent: (informer: Informer<KubeObject>) => boolean
}

/** How full it is in a namespace and its team, as the statuses of runs tell: c8s's own queue is in the controller's memory. */
export function watchQueue({ runs, namespaces, isCurrent }: Watched): Pick<NearObjects, 'findQueue'> {
  const count = (namespace: string) => runs.getByIndex('waiting', namespace).length
  const lookAtTeam = (team: string): TeamSight => {
    const members = namespaces.list().filter((each) => findTeam(each) === team)
    const names = members.map(({ metadata }) => metadata.name ?? '')
    return {
      waiting: names.reduce((sum, name) => sum + count(name), 0),
      used: measureHeld(names.flatMap((name) => runs.getByIndex('holding', name))),
    }
  }
  return {
    findQueue: (namespace) => {
      const found = namespaces.get({ name: namespace })
      if (found === undefined || !isCurrent(runs) || !isCurrent(namespaces)) return undefined
      const team = findTeam(found)
      return { waiting: count(namespace), ...(team === undefined ? {} : { team: lookAtTeam(team) }) }
    },
  }
}
