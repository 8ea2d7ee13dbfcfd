import type { PipelineRun } from '../../crds/kinds.ts'
import { annotations } from '../../crds/labels.ts'
import type { PipelineRunStatus } from '../../crds/pipeline-run.ts'
import type { JobCreation, RunPlan } from '../engine/run-plan.ts'
import type { JobRefusal } from '../engine/snapshot.ts'
import { omitReport } from '../engine/status/run-status.ts'
import type { Work } from '../engine/step/step-state.ts'
import { stopDeadlineSeconds } from '../engine/step/work.ts'
import { isConflict, isNotFound } from '../kube/kube-error.ts'
import type { KubeClient } from '../kube/ports.ts'
import { type Instant, toTimestamp } from '../lib/clock.ts'
import { isSameJson } from '../lib/json-equal.ts'
import type { Job, ResourceType } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { createCompanions, removeCompanions } from './companions.ts'
import { createCalls } from './create-calls.ts'
import { type CreateDeps, createJob } from './create-jobs.ts'
import { holdBack } from './refuse-companions.ts'

export interface ApplyDeps extends CreateDeps {
  /** Keys of the companions that this process has made: they are not made again. */
  readonly madeCompanions: Set<string>
  /** Called as soon as status has been written, whatever fails after it. */
  readonly onWritten: (run: PipelineRun) => void
}

/** What the writes brought. */
export interface Applied {
  readonly jobs: readonly Job[]
  readonly refusals: readonly JobRefusal[]
  /** Runs of the pipelines that steps call. */
  readonly calls: readonly PipelineRun[]
}

/** Creations of one run that are under way at once. */
const parallelCreations = 16

/**
 * Carries out a plan, without deciding anything. Where admission judges a new Job by the stored status, status goes
 * first; else last, so that it takes no time from the Jobs. The first failure is thrown after all that was begun has ended.
 */
export async function applyPlan(deps: ApplyDeps, run: PipelineRun, plan: RunPlan): Promise<Applied> {
  const write = async () => {
    const written = await writeStatus(deps.client, run, plan.status)
    if (written !== undefined) deps.onWritten(written)
  }
  const refused = await createCompanions(deps, run, plan.companions)
  if (plan.isStatusFirst) await write()
  const [creations, calls] = await settleAll([
    refused === undefined
      ? createJobs(deps, plan.creations)
      : Promise.resolve(holdBack(plan.creations, refused, deps.clock.now())),
    createCalls(deps, plan.calls),
    Promise.all(plan.stops.map((work) => stopWork(deps.client, run, work))),
    removeCompanions(deps.client, run, plan.removals),
  ] as const)
  if (!plan.isStatusFirst) await write()
  return {
    jobs: creations.flatMap((each) => (each.kind === 'created' ? [each.job] : [])),
    refusals: [...creations, ...calls].flatMap((each) => (each.kind === 'refused' ? [each.refusal] : [])),
    calls: calls.flatMap((each) => (each.kind === 'called' ? [each.run] : [])),
  }
}

/** As Promise.all, but waits for the rest before it fails, so that no write goes on behind the caller's back. */
async function settleAll<T extends readonly Promise<unknown>[]>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}

async function createJobs(deps: CreateDeps, creations: readonly JobCreation[]) {
  const results: Awaited<ReturnType<typeof createJob>>[] = []
  for (let start = 0; start < creations.length; start += parallelCreations) {
    const batch = creations.slice(start, start + parallelCreations).map((creation) => createJob(deps, creation))
    results.push(...(await settleAll(batch)))
  }
  return results
}

/**
 * Server-side apply of the whole status but the report, which is another field manager's, only where it differs. The resourceVersion of the run that was looked at is the
 * precondition: a controller with an old view gets a conflict instead of setting the run back.
 */
export async function writeStatus(
  client: KubeClient,
  run: PipelineRun,
  status: PipelineRunStatus | undefined,
): Promise<PipelineRun | undefined> {
  if (status === undefined || isSameJson(status, omitReport(run.status ?? {}))) return undefined
  const { name = '', namespace = '', resourceVersion = '' } = run.metadata
  const { apiVersion = '', kind = '', spec } = run
  const body = { apiVersion, kind, metadata: { name, namespace, resourceVersion }, status }
  // Only the status is sent: spec belongs to others.
  const written = await client.apply<PipelineRun>(resourceTypes.pipelineRun, body as PipelineRun, {
    subresource: 'status',
    force: true,
  })
  return { ...written, apiVersion, kind, spec }
}

/** Any change of a Job makes the Job controller look at it within a second. */
export async function nudgeJobs(
  client: KubeClient,
  run: PipelineRun,
  change: { names: readonly string[]; at: Instant },
) {
  const { namespace = '' } = run.metadata
  const patch = { metadata: { annotations: { [annotations.retriedAt]: toTimestamp(change.at) } } }
  const touch = async (name: string) => {
    try {
      await client.patch(resourceTypes.job, { namespace, name }, patch)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
  await settleAll(change.names.map(touch))
}

const stopPatches: Readonly<Record<Work['kind'], readonly [ResourceType, object]>> = {
  pod: [resourceTypes.pod, { activeDeadlineSeconds: stopDeadlineSeconds }],
  job: [resourceTypes.job, { suspend: true, activeDeadlineSeconds: stopDeadlineSeconds }],
  run: [resourceTypes.pipelineRun, { cancel: true }],
}

/** Tells kubelet to end a pod by SIGTERM and grace, keeps a Job from starting one, or cancels a called run. What is gone needs no stop. */
async function stopWork(client: KubeClient, run: PipelineRun, { kind, name, uid }: Work): Promise<void> {
  const { namespace = '' } = run.metadata
  const [type, spec] = stopPatches[kind]
  try {
    await client.patch(type, { namespace, name }, { metadata: { uid }, spec })
  } catch (error) {
    // A conflict: another object has the name by now, or the pod changed; if it still runs, the next pass sees it.
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}
