import type { PipelineRun } from '../../crds/kinds.ts'
import type { Companion, CompanionRemoval } from '../engine/run-plan.ts'
import { isOwnedBy } from '../engine/step/step-objects.ts'
import { isAlreadyExists } from '../kube/kube-error.ts'
import type { KubeClient } from '../kube/ports.ts'

export interface CompanionDeps {
  readonly client: KubeClient
  readonly madeCompanions: Set<string>
}

/** Makes what a run needs beside its Jobs, one after another and each once. */
export async function createCompanions(
  { client, madeCompanions }: CompanionDeps,
  run: PipelineRun,
  companions: readonly Companion[],
): Promise<void> {
  for (const companion of companions) {
    const key = `${companion.type.plural}/${companion.object.metadata.name ?? ''}`
    if (madeCompanions.has(key)) continue
    await createCompanion(client, run, companion)
    madeCompanions.add(key)
  }
}

/** One of the same name that belongs to somebody else stands in the way for good, so it is an error to be told. */
async function createCompanion(client: KubeClient, run: PipelineRun, { type, object }: Companion): Promise<void> {
  try {
    await client.create(type, object)
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    const { namespace = '', name = '' } = object.metadata
    const found = await client.get(type, { namespace, name })
    if (found !== undefined && isOwnedBy(found, run.metadata.uid)) return
    throw error
  }
}

export async function removeCompanions(
  client: KubeClient,
  run: PipelineRun,
  removals: readonly CompanionRemoval[],
): Promise<void> {
  const { namespace = '' } = run.metadata
  for (const { type, name, uid } of removals) await client.remove(type, { namespace, name }, { uid })
}
