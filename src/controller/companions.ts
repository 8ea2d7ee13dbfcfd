import type { PipelineRun } from '../../crds/kinds.ts'
import type { Companion, CompanionRemoval } from '../engine/run-plan.ts'
import { isOwnedBy } from '../engine/step/step-objects.ts'
import { isAlreadyExists } from '../kube/kube-error.ts'
import type { KubeClient } from '../kube/ports.ts'
import type { KubeObject } from '../lib/kubernetes.ts'
import { type CompanionRefusal, judgeRefusal } from './refuse-companions.ts'

export interface CompanionDeps {
  readonly client: KubeClient
  readonly madeCompanions: Set<string>
}

/** Makes what a run needs beside its Jobs, one after another and each once. Answers why the rest cannot be made, if so. */
export async function createCompanions(
  { client, madeCompanions }: CompanionDeps,
  run: PipelineRun,
  companions: readonly Companion[],
): Promise<CompanionRefusal | undefined> {
  for (const companion of companions) {
    const key = `${companion.type.plural}/${companion.object.metadata.name ?? ''}`
    if (madeCompanions.has(key)) continue
    const refused = await createCompanion(client, run, companion)
    if (refused !== undefined) return refused
    madeCompanions.add(key)
  }
  return undefined
}

/** One of the same name that belongs to somebody else stands in the way for good. */
async function createCompanion(
  client: KubeClient,
  run: PipelineRun,
  companion: Companion,
): Promise<CompanionRefusal | undefined> {
  const { type, object } = companion
  try {
    await client.create(type, object)
    return undefined
  } catch (error) {
    const isOurs = isAlreadyExists(error) && (await findOwned(client, run, toNamed(companion))) !== undefined
    const refused = isOurs ? undefined : judgeRefusal(error, { type, object })
    if (isOurs || refused !== undefined) return refused
    throw error
  }
}

const toNamed = ({ type, object }: Companion): Named => ({ type, name: object.metadata.name ?? '' })

type Named = Pick<CompanionRemoval, 'type' | 'name'>

async function findOwned(client: KubeClient, run: PipelineRun, { type, name }: Named): Promise<KubeObject | undefined> {
  const { namespace = '', uid } = run.metadata
  const found = await client.get(type, { namespace, name })
  return found !== undefined && isOwnedBy(found, uid) ? found : undefined
}

export async function removeCompanions(
  client: KubeClient,
  run: PipelineRun,
  removals: readonly CompanionRemoval[],
): Promise<void> {
  const { namespace = '' } = run.metadata
  for (const { type, name, uid } of removals) {
    const known = uid ?? (await findOwned(client, run, { type, name }))?.metadata.uid
    if (known !== undefined) await client.remove(type, { namespace, name }, { uid: known })
  }
}
