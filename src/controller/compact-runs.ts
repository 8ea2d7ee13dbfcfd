import type { PipelineRun } from '../../crds/kinds.ts'
import { compactStatus } from '../engine/compaction/compact-status.ts'
import { isOwnedBy } from '../engine/step/step-objects.ts'
import { planWorkspace } from '../engine/workspace.ts'
import { isConflict } from '../kube/kube-error.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { writeStatus } from './apply.ts'
import { indexes } from './caches.ts'
import { removeCompanions } from './companions.ts'
import type { PartInputs } from './parts.ts'

/**
 * Compacts an ended run: its children first, and the mark last, so that who is killed between them does it once more. The run
 * is read in full, since the cache has only a stub of it, and is written only as it was read.
 */
export async function compactRun(inputs: PartInputs, stub: PipelineRun): Promise<void> {
  const { api, clock, log } = inputs
  const { namespace = '', name = '' } = stub.metadata
  const run = await api.get<PipelineRun>(resourceTypes.pipelineRun, { namespace, name })
  if (run === undefined || run.metadata.uid !== stub.metadata.uid) return
  const status = compactStatus(run.status, clock.now())
  if (status === undefined) return
  await removeChildren(inputs, run)
  try {
    await writeStatus(api, run, status)
    log.info({ run: `${namespace}/${name}` }, 'an old run that others own was compacted')
  } catch (error) {
    // The change that is in the way comes by the watch, and brings the run here again.
    if (!isConflict(error)) throw error
  }
}

/** Jobs with their pods, called runs with theirs, and the claim of the workspace, where it has outlived the end. */
async function removeChildren({ api, caches }: PartInputs, run: PipelineRun): Promise<void> {
  const { namespace = '', uid = '' } = run.metadata
  const children = [
    ...caches.jobs.getByIndex(indexes.run, uid).map((object) => ({ type: resourceTypes.job, object })),
    ...caches.runs.getByIndex(indexes.parent, uid).map((object) => ({ type: resourceTypes.pipelineRun, object })),
  ]
  for (const { type, object } of children) {
    // Labels only say where to look: somebody else's Job may have them.
    if (!isOwnedBy(object, uid) || object.metadata.namespace !== namespace) continue
    const { name: child = '', uid: childUid = '' } = object.metadata
    await api.remove(type, { namespace, name: child }, { uid: childUid })
  }
  await removeCompanions(api, run, planWorkspace(run, { isStarting: false, isOver: true }).removals)
}
