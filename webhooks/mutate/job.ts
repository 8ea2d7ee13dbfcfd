import type { PipelineRun } from '../../crds/kinds.ts'
import { type JobType, jobTypes, labels } from '../../crds/labels.ts'
import { findFullCommit } from '../../crds/trust.ts'
import type { Job, KubeObject, ObjectMeta, PodTemplate } from '../../src/lib/kubernetes.ts'
import type { FactNeeds, Facts } from '../facts.ts'
import { findConflicts } from '../inject/conflicts.ts'
import { injectTemplate } from '../inject/inject.ts'
import type { InjectionFacts } from '../inject/injection.ts'
import type { AdmissionRequest } from '../request.ts'
import { judgeByRun } from '../validate/step-job.ts'
import { toOwnFacts } from './own-job.ts'
import { releaseJob } from './release-job.ts'
import { mayHaveCredential } from './step-clone.ts'
import { findRunName, findStep, findStepIn, toStepFacts } from './step-job.ts'

/** Where a Job's template stands. */
export const templatePath = 'spec.template'

export function findJobType(object: KubeObject | undefined): JobType | undefined {
  return jobTypes.find((type) => type === object?.metadata.labels?.[labels.jobType])
}

/**
 * The run by name, and the connections where its plan names none though the step clones: one that was made a moment
 * before the run may not have been known when the plan was frozen.
 */
export function planJobReads({ object }: AdmissionRequest, facts: Facts): FactNeeds {
  if (object === undefined || findJobType(object) !== 'step') return { namespace: true, setting: 'live' }
  const run = findRunName(object)
  const found = findStep(object, facts)
  const isUnconnected =
    found !== undefined &&
    found.step.clone !== false &&
    mayHaveCredential(found) &&
    found.plan.clone.connection === undefined
  return {
    namespace: true,
    setting: 'live',
    ...(run === undefined ? {} : { run, isRunEnough: (near) => isEnough(object, near) }),
    ...(isUnconnected ? { connections: 'live' as const } : {}),
  }
}

/**
 * What a Job hangs on never goes back: a plan is frozen, an approval stays, a step that has ended has. So a watch that is a moment
 * behind and lets the Job through is right; and the commit in full is the same for ever. See docs/adr/0155.
 */
function isEnough(job: Job, run: PipelineRun): boolean {
  const found = findStepIn(job, run)
  return found !== undefined && findFullCommit(run) !== undefined && judgeByRun(job, found).length === 0
}

/** What is injected into the Job; undefined for one that c8s does not know what to do with, which is refused. */
export function findInjection(job: Job, facts: Facts): InjectionFacts | undefined {
  const type = findJobType(job)
  if (type === 'own') return toOwnFacts(job, facts)
  const found = type === 'step' ? findStep(job, facts) : undefined
  return found === undefined ? undefined : toStepFacts(job, found, facts)
}

/** Completes a new Job. One that cannot be completed stays as it is: the validating webhook says why. */
export function mutateJob({ operation, object }: AdmissionRequest, facts: Facts): KubeObject | undefined {
  const job: Job | undefined = object
  if (operation !== 'CREATE' || job?.spec === undefined) return object
  const injection = findInjection(job, facts)
  const { template } = job.spec
  if (injection === undefined || !canInject(template, injection)) return object
  const completed: Job = { ...job, spec: { ...job.spec, template: injectTemplate(template, injection) } }
  if (injection.jobType !== 'step') return completed
  return releaseJob({ ...completed, metadata: leaveUntracked(job.metadata) })
}

/**
 * Without a first entry in managedFields Kubernetes keeps none later: who wrote which field of a step's Job nobody asks, since nobody
 * but the controller may write it, and it is a third of the object.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#clearing-managedfields
 */
function leaveUntracked(metadata: ObjectMeta): ObjectMeta {
  const { managedFields: _, ...rest } = metadata as ObjectMeta & { readonly managedFields?: unknown }
  return rest
}

function canInject(template: PodTemplate, injection: InjectionFacts): boolean {
  const hasStep = template.spec.containers.some(({ name }) => name === injection.stepContainer)
  return hasStep && findConflicts(template, injection, templatePath).length === 0
}
