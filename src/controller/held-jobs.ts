import type { PipelineRun } from '../../crds/kinds.ts'
import { annotations } from '../../crds/labels.ts'
import type { JobRefusal } from '../engine/snapshot.ts'
import { isOwnedBy } from '../engine/step/step-objects.ts'
import type { KubeClient } from '../kube/ports.ts'
import type { Job } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { type Caches, indexes } from './caches.ts'

/** How long a step waits for admission before its Job is tried again. */
export const admissionRetryMs = 5000

/** A Job as it is sent: it starts nothing before admission has completed it, and let it go in the same request. */
export function holdJob(job: Job): Job {
  const { metadata, spec } = job
  if (spec === undefined) return job
  const held = { ...metadata.annotations, [annotations.held]: 'admission' }
  return { ...job, metadata: { ...metadata, annotations: held }, spec: { ...spec, suspend: true } }
}

/**
 * Takes back a Job that admission has not let go, so that its name is free when admission is back. Answers why the step
 * waits. Nothing of it ran: it was suspended from the first.
 */
export async function takeBack(client: KubeClient, job: Job): Promise<Pick<JobRefusal, 'kind' | 'message'>> {
  const { namespace = '', name = '', uid = '' } = job.metadata
  await client.remove(resourceTypes.job, { namespace, name }, { uid })
  return { kind: 'AdmissionMissing', message: describeHold(job) }
}

/** Those that were left behind: the run ended before they could be taken back, and makes no Job any more. */
export async function takeBackLeft({ caches, client }: LeftDeps, { metadata }: PipelineRun): Promise<void> {
  const left = caches.jobs.getByIndex(indexes.held, metadata.uid ?? '')
  for (const job of left) if (isOwnedBy(job, metadata.uid)) await takeBack(client, job)
}

interface LeftDeps {
  readonly caches: Pick<Caches, 'jobs'>
  readonly client: KubeClient
}

function describeHold(job: Job): string {
  const isInjected = job.spec?.template.metadata?.annotations?.[annotations.injected] !== undefined
  return isInjected
    ? 'an older c8s-admission answers than this controller needs; the step starts by itself when it has been replaced'
    : 'c8s is out of admission: MutatingWebhookConfiguration "c8s" is missing or altered; the step starts by itself when it is back, by applying install.yaml again'
}
