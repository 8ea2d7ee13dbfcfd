import type { Validators } from '../crds/validate.ts'
import { type FieldError, renderError, type Verdict } from '../src/lib/field-error.ts'
import type { KubeObject } from '../src/lib/kubernetes.ts'
import { resourceTypes } from '../src/lib/resource-types.ts'
import { describeDecision } from './audit/notes.ts'
import type { FactNeeds, Facts } from './facts.ts'
import { isJob } from './job-shape.ts'
import { answerDryRun, planPreviewReads } from './mutate/dry-run.ts'
import { mutateJob, planJobReads } from './mutate/job.ts'
import { mutateConfig } from './mutate/pipeline-config.ts'
import { type Mutation, mutateRun } from './mutate/pipeline-run.ts'
import { planRunReads } from './mutate/run-plan.ts'
import { type AdmissionRequest, toResourceName } from './request.ts'
import { type Decision, toDenialCode } from './response.ts'
import { createFits, type Fits, refuseUnfit } from './validate/input-bounds.ts'
import { planJobVerdictReads, validateJob } from './validate/job.ts'
import { planConfigReads, validateConfig } from './validate/pipeline-config.ts'
import { planRunVerdictReads, validateRun } from './validate/pipeline-run.ts'
import { planConnectionReads, validateConnection } from './validate/repository-connection.ts'
import { validateStatus } from './validate/status.ts'

/** One webhook's part: which reads it needs, asked again after each round of them, and what it answers. */
export interface Admission {
  planReads(request: AdmissionRequest, facts: Facts): FactNeeds
  admit(request: AdmissionRequest, facts: Facts): Decision<KubeObject>
  /** Whether it may be judged before the API server has looked at it. */
  fits(request: AdmissionRequest): boolean
}

/** What c8s does with one kind. */
interface KindAdmission {
  planMutation(request: AdmissionRequest, facts: Facts): FactNeeds
  mutate(request: AdmissionRequest, facts: Facts): Mutation
  planVerdict(request: AdmissionRequest, facts: Facts): FactNeeds
  validate(request: AdmissionRequest, facts: Facts): Verdict
  /** Not given where the API server has always looked at it before. */
  fits?: Fits
  /** Whether the object has the types that the rules rely on; the schemas of our own kinds say it themselves. */
  hasShape(object: unknown): boolean
}

const noNeeds: FactNeeds = {}
const onlyObject = (object: KubeObject | undefined): Mutation => ({ object, warnings: [] })

function listKinds(validators: Validators): ReadonlyMap<string, KindAdmission> {
  const fits = createFits(validators)
  const kinds: readonly (readonly [string, KindAdmission])[] = [
    [
      toResourceName(resourceTypes.pipelineConfig),
      {
        planMutation: () => noNeeds,
        mutate: (request) => onlyObject(mutateConfig(request)),
        planVerdict: (request) => (fits.config(request) ? planConfigReads(request) : noNeeds),
        validate: (request, facts) => validateConfig(request, facts, validators),
        fits: fits.config,
        hasShape: () => true,
      },
    ],
    [toResourceName(resourceTypes.pipelineRun), admitRuns(validators, fits.run)],
    [
      toResourceName(resourceTypes.repositoryConnection),
      {
        planMutation: () => noNeeds,
        mutate: ({ object }) => onlyObject(object),
        planVerdict: planConnectionReads,
        validate: (request, facts) => validateConnection(request, facts, validators),
        hasShape: () => true,
      },
    ],
    [
      toResourceName(resourceTypes.job),
      {
        planMutation: (request, facts) => (request.operation === 'CREATE' ? planJobReads(request, facts) : noNeeds),
        mutate: (request, facts) => onlyObject(mutateJob(request, facts)),
        planVerdict: planJobVerdictReads,
        validate: validateJob,
        hasShape: isJob,
      },
    ],
  ]
  return new Map(kinds)
}

/** A new run that does not fit stays as it is: the API server refuses it, or the rules do. */
function admitRuns(validators: Validators, fits: Fits): KindAdmission {
  return {
    planMutation: (request, facts) =>
      request.operation === 'CREATE' && fits(request)
        ? { ...planRunReads(request, facts), ...planPreviewReads(request) }
        : noNeeds,
    mutate: (request, facts) =>
      fits(request) ? answerDryRun(mutateRun(request, facts), { request, facts, validators }) : onlyObject(undefined),
    planVerdict: (request, facts) => (fits(request) ? planRunVerdictReads(request, facts) : noNeeds),
    validate: (request, facts) =>
      fits(request)
        ? validateRun(request, facts, validators)
        : refuseUnfit(validators.validatePipelineRun(request.object)),
    fits,
    hasShape: () => true,
  }
}

/** The two webhooks as functions of data. */
export function createAdmissions(validators: Validators): {
  readonly mutation: Admission
  readonly validation: Admission
} {
  const kinds = listKinds(validators)
  const find = (request: AdmissionRequest) => (isJudged(request) ? kinds.get(request.resource) : undefined)
  const canFit = (request: AdmissionRequest) => find(request)?.fits?.(request) !== false
  return {
    mutation: {
      fits: canFit,
      planReads: (request, facts) => find(request)?.planMutation(request, facts) ?? noNeeds,
      admit: (request, facts) => {
        const kind = find(request)
        if (kind === undefined) return allowed
        if (!hasShapes(kind, request)) return malformed
        const { object, warnings, notes = [], errors = [] } = kind.mutate(request, facts)
        if (errors.length > 0) return decide({ errors, warnings }, facts)
        const told = [...warnings.map(renderError), ...notes]
        return { allowed: true, warnings: told, ...(object === undefined ? {} : { object }) }
      },
    },
    validation: {
      fits: canFit,
      planReads: (request, facts) => find(request)?.planVerdict(request, facts) ?? noNeeds,
      admit: (request, facts) => {
        if (request.subresource === 'status' && kinds.has(request.resource) && isWrite(request)) {
          return request.resource === toResourceName(resourceTypes.job)
            ? allowed
            : decide(validateStatus(request, validators), facts)
        }
        const kind = find(request)
        if (kind === undefined) return allowed
        const decision = hasShapes(kind, request) ? decide(kind.validate(request, facts), facts) : malformed
        return { ...decision, audit: describeDecision(request, facts, decision) }
      },
    },
  }
}

const allowed: Decision<KubeObject> = { allowed: true, warnings: [] }
const malformed: Decision<KubeObject> = {
  allowed: false,
  code: 400,
  errors: [{ path: '', code: 'Malformed', message: 'the object has a field of a wrong type' }],
  warnings: [],
}

function isWrite({ operation }: AdmissionRequest): boolean {
  return operation === 'CREATE' || operation === 'UPDATE'
}

/** Deleting is always allowed, and so is everything that brings an object nearer to its end, such as taking a finalizer away. */
function isJudged(request: AdmissionRequest): boolean {
  const isEnding = (request.oldObject?.metadata.deletionTimestamp ?? '') !== ''
  return isWrite(request) && request.subresource === undefined && !isEnding
}

function hasShapes({ hasShape }: KindAdmission, { object, oldObject }: AdmissionRequest): boolean {
  return hasShape(object) && (oldObject === undefined || hasShape(oldObject))
}

/** Where an installation wants references to be there first, a missing one is an error (decision 14). */
function decide({ errors, warnings }: Verdict, { settings }: Facts): Decision<KubeObject> {
  const isStrict = ({ code }: FieldError) => settings.strictReferences && code === 'NotFound'
  const refused = [...errors, ...warnings.filter(isStrict)]
  const told = warnings.filter((warning) => !isStrict(warning)).map(renderError)
  if (refused.length === 0) return { allowed: true, warnings: told }
  return { allowed: false, code: toDenialCode(refused), errors: refused, warnings: told }
}
