import type { Companion, JobCreation } from '../engine/run-plan.ts'
import type { JobRefusal } from '../engine/snapshot.ts'
import { isAlreadyExists, isTransient, KubeError } from '../kube/kube-error.ts'
import type { Instant } from '../lib/clock.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import type { Creation } from './create-jobs.ts'

/** Why what a run needs beside its Jobs cannot be made. */
export type CompanionRefusal = Pick<JobRefusal, 'kind' | 'message'>

/** A no that stands, or waits for room; undefined for what is worth trying again, or our own installation's fault. */
export function judgeRefusal(error: unknown, { type, object }: Companion): CompanionRefusal | undefined {
  if (type !== resourceTypes.persistentVolumeClaim || !(error instanceof KubeError)) return undefined
  const what = 'the claim of the volume that the steps share'
  if (isAlreadyExists(error)) {
    const name = object.metadata.name ?? ''
    const message = `a PersistentVolumeClaim called ${name} exists and does not belong to this run; delete it and start the run anew`
    return { kind: 'WorkspaceRefused', message }
  }
  const isOwnFault = /cannot create resource|is being terminated/.test(error.detail)
  if (isTransient(error) || isOwnFault || ![400, 403, 422].includes(error.status)) return undefined
  if (/exceeded quota/i.test(error.detail)) {
    return { kind: 'QuotaExceeded', message: `no room in the namespace for ${what}: ${error.detail}` }
  }
  return { kind: 'WorkspaceRefused', message: `the API server refuses ${what}: ${error.detail}` }
}

/** How long a creation waits that a quota refused. */
const quotaRetryMs = 5000

/** The Jobs that need what was refused are not made; each is told why, and tried again where that can help. */
export function holdBack(
  creations: readonly JobCreation[],
  refused: CompanionRefusal,
  now: Instant,
): readonly Creation[] {
  return creations.map(({ step, attempt }) => ({
    kind: 'refused',
    refusal: { step, attempt, ...refused, retryAt: now + quotaRetryMs },
  }))
}
