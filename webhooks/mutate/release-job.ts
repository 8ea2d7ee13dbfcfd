import { annotations } from '../../crds/labels.ts'
import { isHeld } from '../../src/engine/step/step-objects.ts'
import type { Job } from '../../src/lib/kubernetes.ts'

/**
 * Lets a completed Job start that the controller sent suspended and marked, so that it starts nothing where nobody completes it.
 * Without the mark it stays as it is: when Kueue suspends it after us, and we are called again, it is Kueue's to resume.
 */
export function releaseJob(job: Job): Job {
  if (!isHeld(job) || job.spec === undefined) return job
  const { [annotations.held]: _held, ...rest } = job.metadata.annotations ?? {}
  const { annotations: _all, ...metadata } = job.metadata
  const kept = Object.keys(rest).length === 0 ? metadata : { ...metadata, annotations: rest }
  return { ...job, metadata: kept, spec: { ...job.spec, suspend: false } }
}
