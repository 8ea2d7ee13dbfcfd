import { isDeepStrictEqual } from 'node:util'
import { controllerUser, jobTypes, labels, podNames } from '../../crds/labels.ts'
import { isHeld } from '../../src/engine/step/step-objects.ts'
import type { FieldError, Verdict } from '../../src/lib/field-error.ts'
import type { Job, KubeObject } from '../../src/lib/kubernetes.ts'
import type { FactNeeds, Facts } from '../facts.ts'
import { findConflicts } from '../inject/conflicts.ts'
import { covers } from '../inject/covers.ts'
import { injectTemplate } from '../inject/inject.ts'
import { findInjection, findJobType, planJobReads, templatePath } from '../mutate/job.ts'
import type { AdmissionRequest } from '../request.ts'
import { joinVerdicts, noFindings, toErrors } from '../verdict.ts'
import { validateHeldChange, validateHeldJob } from './held-job.ts'
import { isOfAnotherVersion, sendAgain } from './job-version.ts'
import { planOwnJobReads, validateOwnJob } from './own-job.ts'
import { validateStepJob } from './step-job.ts'

const typePath = `metadata.labels[${labels.jobType}]`

export function planJobVerdictReads(request: AdmissionRequest, facts: Facts): FactNeeds {
  if (request.operation !== 'CREATE') return {}
  return findJobType(request.object) === 'own' ? planOwnJobReads(request) : planJobReads(request, facts)
}

export function validateJob(request: AdmissionRequest, facts: Facts): Verdict {
  if (request.operation !== 'CREATE') return toErrors(validateJobChange(request))
  const type = findJobType(request.object)
  if (type === undefined) return toErrors([refuseType(request.object)])
  if (type === 'step' && isOfAnotherVersion(request, facts)) return toErrors([sendAgain])
  const own = type === 'own' ? validateOwnJob(request, facts) : toErrors(validateStepJob(request, facts))
  const judged = joinVerdicts(own, toErrors(findJobConflicts(request.object as Job, facts)))
  if (isHeld(request.object as Job)) return joinVerdicts(judged, toErrors(validateHeldJob(request)))
  return judged.errors.length > 0 ? judged : joinVerdicts(judged, validateInjected(request.object as Job, facts))
}

function refuseType(object: KubeObject | undefined): FieldError {
  const value = object?.metadata.labels?.[labels.jobType] ?? ''
  return { path: typePath, code: 'Invalid', message: `must be one of ${jobTypes.join(', ')}, not "${value}"` }
}

function findJobConflicts(job: Job, facts: Facts): readonly FieldError[] {
  const injection = findInjection(job, facts)
  return injection === undefined || job.spec === undefined
    ? []
    : findConflicts(job.spec.template, injection, templatePath)
}

/** The last look: whatever was between the two webhooks, nothing of ours may be missing or changed. */
function validateInjected(job: Job, facts: Facts): Verdict {
  const injection = findInjection(job, facts)
  if (injection === undefined || job.spec === undefined) return noFindings
  const { template } = job.spec
  const isFirst = template.spec.containers[0]?.name === podNames.shipContainer
  if (isFirst && covers(template, injectTemplate(template, injection))) return noFindings
  const message = 'lacks what c8s injects, or something changed it on the way: the log could be unmasked'
  return toErrors([
    { path: templatePath, code: 'NotInPlan', message, hint: 'look for another mutating webhook on jobs' },
  ])
}

const fixedParts = ['containers', 'initContainers', 'volumes'] as const

/** A Job is a step's, or not, from its creation on; what was injected stays. */
function validateJobChange(request: AdmissionRequest): readonly FieldError[] {
  const before = request.oldObject as Job
  const after = request.object as Job
  const [was, is] = [before, after].map((job) => job.metadata.labels?.[labels.jobType])
  if (was === undefined || (was !== is && is !== undefined)) {
    return [immutable(typePath, 'can only be given when the Job is created')]
  }
  const isForeign = was === 'step' && request.user.username !== controllerUser
  return [
    ...(isForeign ? findChangedMarks(before, after) : []),
    ...validateHeldChange(before, after),
    ...fixedParts
      .filter((part) => !isDeepStrictEqual(before.spec?.template.spec[part], after.spec?.template.spec[part]))
      .map((part) => immutable(`${templatePath}.spec.${part}`, 'cannot be changed: it holds what c8s injected')),
  ]
}

/** Owners may go, as when the garbage collector orphans a Job; none may come. */
function findChangedMarks(before: Job, after: Job): readonly FieldError[] {
  const keys = [labels.jobType, labels.run, labels.runUid, labels.step, labels.attempt]
  const changed = keys.filter((key) => before.metadata.labels?.[key] !== after.metadata.labels?.[key])
  const owners = new Set(before.metadata.ownerReferences?.map(({ uid }) => uid))
  const hasNew = (after.metadata.ownerReferences ?? []).some(({ uid }) => !owners.has(uid))
  return [
    ...changed.map((key) => immutable(`metadata.labels[${key}]`, 'belongs to c8s and cannot be changed')),
    ...(hasNew ? [immutable('metadata.ownerReferences', 'cannot get another owner')] : []),
  ]
}

function immutable(path: string, message: string): FieldError {
  return { path, code: 'Immutable', message }
}
