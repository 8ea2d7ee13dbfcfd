import type { PipelineRun } from '../../crds/kinds.ts'
import type { CallCreation } from '../engine/run-plan.ts'
import type { JobRefusal } from '../engine/snapshot.ts'
import { isOwnedBy } from '../engine/step/step-objects.ts'
import { isAlreadyExists } from '../kube/kube-error.ts'
import type { KubeClient } from '../kube/ports.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { type CreateDeps, classify, quotaRetryMs } from './create-jobs.ts'
import { trimRun } from './trim-run.ts'

/** How the creation of a called run went. Faults that pass by themselves are thrown. */
export type Call =
  | { readonly kind: 'called'; readonly run: PipelineRun }
  | { readonly kind: 'refused'; readonly refusal: JobRefusal }

/** Creations that are under way at once; each passes two webhooks that walk up the callers. */
const parallelCalls = 8

/** Makes the runs of pipeline calls. A run that is there already, and ours, is done. */
export async function createCalls(deps: CreateDeps, calls: readonly CallCreation[]): Promise<readonly Call[]> {
  const results: Call[] = []
  for (let from = 0; from < calls.length; from += parallelCalls) {
    const batch = calls.slice(from, from + parallelCalls).map((call) => createCall(deps, call))
    // The first failure is thrown after all that was begun has ended.
    await Promise.allSettled(batch)
    results.push(...(await Promise.all(batch)))
  }
  return results
}

async function createCall({ client, clock }: CreateDeps, call: CallCreation): Promise<Call> {
  const { step, attempt } = call
  try {
    return { kind: 'called', run: trimRun(await client.create<PipelineRun>(resourceTypes.pipelineRun, call.run)) }
  } catch (error) {
    if (isAlreadyExists(error)) return findExisting(client, call, error)
    const refused = classify(error, { kind: 'CallRefused', name: 'run of the called pipeline' })
    return { kind: 'refused', refusal: { step, attempt, ...refused, retryAt: clock.now() + quotaRetryMs } }
  }
}

async function findExisting(client: KubeClient, { step, attempt, run }: CallCreation, error: unknown): Promise<Call> {
  const { namespace = '', name = '' } = run.metadata
  const found = await client.get<PipelineRun>(resourceTypes.pipelineRun, { namespace, name })
  // Gone between the two calls: the next pass sees to it.
  if (found === undefined) throw error
  const uid = run.spec.parent?.uid
  // Only the controller can say whose call a run is, so one that says so is ours.
  if (found.spec.parent?.uid === uid && isOwnedBy(found, uid)) return { kind: 'called', run: trimRun(found) }
  const message = `a run called ${name} exists and is no call of this one; delete it and start the run anew`
  return { kind: 'refused', refusal: { step, attempt, kind: 'CallRefused', message, retryAt: 0 } }
}
