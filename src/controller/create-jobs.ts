import type { JobCreation } from '../engine/run-plan.ts'
import type { JobRefusal } from '../engine/snapshot.ts'
import { isHeld, isOwnedBy, isStepJob } from '../engine/step/step-objects.ts'
import { isAlreadyExists, isTransient, KubeError } from '../kube/kube-error.ts'
import type { KubeClient } from '../kube/ports.ts'
import type { Job } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { admissionRetryMs, holdJob, takeBack } from './held-jobs.ts'
import type { ServerClock } from './server-clock.ts'

/** How a creation went. Faults that pass by themselves are thrown. */
export type Creation =
  | { readonly kind: 'created'; readonly job: Job }
  | { readonly kind: 'refused'; readonly refusal: JobRefusal }

export interface CreateDeps {
  readonly client: KubeClient
  readonly clock: ServerClock
}

/** How long a creation waits that a quota refused. */
export const quotaRetryMs = 5000

/** Creates a Job. Its name says which attempt of which step it is, so one that is there already, and ours, is done. */
export async function createJob(deps: CreateDeps, creation: JobCreation): Promise<Creation> {
  const { client, clock } = deps
  const sentAt = clock.local()
  try {
    const job = await client.create<Job>(resourceTypes.job, holdJob(creation.job))
    clock.learn(job.metadata.creationTimestamp, sentAt)
    return await accept(deps, creation, job)
  } catch (error) {
    if (isAlreadyExists(error)) return findExisting(deps, creation, error)
    return refuse(creation, classify(error), clock.now() + quotaRetryMs)
  }
}

/** A Job that admission did not see is none: it was created without starting anything, and is taken back. */
async function accept({ client, clock }: CreateDeps, creation: JobCreation, job: Job): Promise<Creation> {
  if (!isHeld(job)) return { kind: 'created', job }
  const retryAt = clock.now() + admissionRetryMs
  return refuse(creation, await takeBack(client, job), retryAt)
}

async function findExisting(deps: CreateDeps, creation: JobCreation, error: unknown): Promise<Creation> {
  const { namespace = '', name = '', ownerReferences } = creation.job.metadata
  const job = await deps.client.get<Job>(resourceTypes.job, { namespace, name })
  // Gone between the two calls: the next pass sees to it.
  if (job === undefined) throw error
  if (isStepJob(job) && isOwnedBy(job, ownerReferences?.[0]?.uid)) return accept(deps, creation, job)
  const message = `a Job called ${name} exists and does not belong to this run; delete it and start the run anew`
  return refuse(creation, { kind: 'JobNameTaken', message }, 0)
}

interface Rejectable {
  readonly kind: 'JobRefused' | 'CallRefused'
  /** Of the thing, for the message. */
  readonly name: string
}

type Refused = Pick<JobRefusal, 'kind' | 'message'>

function refuse({ step, attempt }: JobCreation, refused: Refused, retryAt: number): Creation {
  return { kind: 'refused', refusal: { step, attempt, ...refused, retryAt } }
}

/** What a creation was refused for: a no that stands, or waits for room; throws what is worth trying again, and what is our own installation's fault. */
export function classify(error: unknown, what: Rejectable = { kind: 'JobRefused', name: 'Job' }): Refused {
  if (!(error instanceof KubeError) || isTransient(error) || error.status === 409 || error.status === 404) throw error
  const { detail } = error
  if (isOwnFault(error)) throw error
  if (/exceeded quota|status unknown for quota/i.test(detail)) {
    return { kind: 'QuotaExceeded', message: `no room in the namespace: ${detail}` }
  }
  return { kind: what.kind, message: `the API server refuses the ${what.name}: ${stripPrefix(detail)}` }
}

/** Missing rights of the controller, or a namespace that is being deleted, say nothing about the run. */
function isOwnFault({ status, detail }: KubeError): boolean {
  return status === 401 || (status === 403 && /cannot create resource|is being terminated/.test(detail))
}

function stripPrefix(detail: string): string {
  return detail.replace(/^admission webhook "[^"]*" denied the request: /, '')
}
