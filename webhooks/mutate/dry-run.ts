import type { PipelineRun } from '../../crds/kinds.ts'
import { annotations } from '../../crds/labels.ts'
import { validateReferred } from '../../crds/pipeline-run.rules.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import type { Validators } from '../../crds/validate.ts'
import { type PreviewFacts, previewRun } from '../../src/engine/preview/preview.ts'
import { renderText } from '../../src/engine/preview/render-text.ts'
import { renderWarnings } from '../../src/engine/preview/render-warnings.ts'
import { countsSteps } from '../../src/engine/queue/quota-scope.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import type { FactNeeds, Facts } from '../facts.ts'
import { toRecord, toText } from '../json.ts'
import type { AdmissionRequest } from '../request.ts'
import type { Mutation } from './pipeline-run.ts'
import { readSpec, toIdentity } from './run-source.ts'

/** What the answer to a dry run takes beside what the plan itself does. */
export function planPreviewReads({ dryRun, operation }: AdmissionRequest): FactNeeds {
  return dryRun && operation === 'CREATE' ? { quotas: true, sight: true, queueing: 'near' } : {}
}

interface DryRunContext {
  readonly request: AdmissionRequest
  readonly facts: Facts
  readonly validators: Validators
}

/**
 * Whether schema and rules take the run, which the API server has not asked yet: what is refused may be so large, once it is
 * filled in, that nobody could write it down.
 */
function isSound(object: KubeObject, { request, facts, validators }: DryRunContext): boolean {
  const found = { ...request, object }
  if (readSpec(found)['plan'] === undefined) return false
  const config = facts.configs.get(toText(readSpec(found)['pipelineConfigRef']) ?? '')
  const isRunnable = config === undefined || validateReferred(config.spec, toIdentity(found)).length === 0
  return isRunnable && validators.validatePipelineRun(object).errors.length === 0
}

/**
 * `kubectl apply --dry-run=server` of a new run answers what it would do: in lines for the person, and whole in an annotation. A
 * run that is really made has neither; what was copied from a dry run goes, since it tells of another moment.
 */
export function answerDryRun(mutation: Mutation, context: DryRunContext): Mutation {
  const { request, facts } = context
  const { object } = mutation
  if (object === undefined || request.operation !== 'CREATE') return mutation
  if (!request.dryRun || !isSound(object, context)) return { ...mutation, object: annotate(object, undefined) }
  const run = object as PipelineRun
  const config = facts.configs.get(toText(toRecord(run.spec)['pipelineConfigRef']) ?? '')
  const { plan } = toRecord(run.spec) as { plan?: Plan }
  const preview = previewRun({
    run: { ...run, metadata: { ...run.metadata, namespace: request.namespace } },
    quotas: (facts.quotas ?? []).filter((quota) => countsSteps(quota, plan?.priority?.className)),
    prices: facts.settings.prices,
    usual: config?.status?.usualSeconds,
    waiting: facts.sight?.waiting,
    team: toTeam(facts),
  })
  if (preview === undefined) return mutation
  return { ...mutation, object: annotate(object, renderText(preview)), notes: renderWarnings(preview) }
}

/** Nothing where no watch can tell what the team uses. */
function toTeam({ queueing, sight }: Facts): PreviewFacts['team'] {
  const quotas = queueing?.teamQuotas ?? []
  return sight?.team === undefined || quotas.length === 0 ? undefined : { quotas, ...sight.team }
}

function annotate(object: KubeObject, plan: string | undefined): KubeObject {
  const { [annotations.plan]: before, ...others } = object.metadata.annotations ?? {}
  if (plan === before) return object
  const kept = plan === undefined ? others : { ...others, [annotations.plan]: plan }
  return { ...object, metadata: { ...object.metadata, annotations: kept } }
}
