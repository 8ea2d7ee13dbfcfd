import { findSupersessions, type Supersession } from '../engine/concurrency/supersede.ts'
import { isConflict, isNotFound } from '../kube/kube-error.ts'
import type { KubeClient } from '../kube/ports.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { type Caches, indexes } from './caches.ts'

export interface GroupDeps {
  readonly caches: Caches
  readonly client: KubeClient
}

/** A run that was just written: the cache is about to show what it is now. */
const conflictRetryMs = 200

/** Cancels the runs of a concurrency group that a newer one takes the place of; gives back when to look again. */
export async function reconcileGroup({ caches, client }: GroupDeps, key: string): Promise<number | undefined> {
  const supersessions = findSupersessions(caches.runs.getByIndex(indexes.group, key))
  const done = await Promise.all(supersessions.map((supersession) => cancelRun(client, supersession)))
  return done.every(Boolean) ? undefined : conflictRetryMs
}

/** Only as it was seen: one that has ended since is left alone. Gives back false where it has to be looked at again. */
async function cancelRun(client: KubeClient, { run }: Supersession): Promise<boolean> {
  const { namespace = '', name = '', uid = '', resourceVersion = '' } = run.metadata
  const patch = { metadata: { uid, resourceVersion }, spec: { cancel: true } }
  try {
    await client.patch(resourceTypes.pipelineRun, { namespace, name }, patch)
    return true
  } catch (error) {
    if (isNotFound(error)) return true
    if (isConflict(error)) return false
    throw error
  }
}
