import type { PipelineSpec } from '../../crds/pipeline-config.ts'
import type { Validators } from '../../crds/validate.ts'
import { findConnection } from '../../src/engine/connection-match.ts'
import type { Verdict } from '../../src/lib/field-error.ts'
import { askUse, type FactNeeds, type Facts } from '../facts.ts'
import { toRecord, toText } from '../json.ts'
import { isNewSpec } from '../mutate/pipeline-config.ts'
import type { AdmissionRequest } from '../request.ts'
import { joinVerdicts, noFindings, toErrors, toWarnings } from '../verdict.ts'
import { findMissingCalls, planCalledReads, refuseSelfCalls } from './calls.ts'
import { listSecretNames, listSteps } from './pipeline-parts.ts'
import { warnOfPolicy } from './policy.ts'
import { validatePriority } from './priority.ts'
import { validateQuota } from './quota.ts'
import { validateSecrets } from './secrets.ts'
import { anyBranch } from './usable-by.ts'
import { validateWorkspaceQuota } from './workspace-quota.ts'

export function planConfigReads(request: AdmissionRequest): FactNeeds {
  if (!isNewSpec(request)) return {}
  const secrets = listSecretNames(listSteps(readSpec(request), 'spec'))
  const needs: FactNeeds = {
    quotas: true,
    setting: 'near',
    queueing: 'near',
    ...planCalledReads(listSteps(readSpec(request), 'spec')),
  }
  if (secrets.length === 0) return needs
  const rights = secrets.map((secret) => askUse(request.user, secret))
  return { ...needs, connections: 'live', secrets, rights }
}

/** A config is judged when its spec is written, by the one who writes it; what else is updated never brings it back. */
export function validateConfig(request: AdmissionRequest, facts: Facts, validators: Validators): Verdict {
  const own = validators.validatePipelineConfig(request.object, request.oldObject)
  if (!isNewSpec(request)) return own
  const spec = readSpec(request)
  const steps = listSteps(spec, 'spec')
  const repository = toText(toRecord(spec)['repository']) ?? ''
  const connection = findConnection(repository, facts.connections ?? [])?.metadata.name
  const asker = {
    subjects: [request.user],
    grant: { config: request.name, branch: anyBranch, ...(connection === undefined ? {} : { connection }) },
  } as const
  return joinVerdicts(
    own,
    steps.length === 0 ? noFindings : validateSecrets(steps, asker, facts),
    toErrors(validateQuota(steps, facts.quotas ?? [], { teamQuotas: facts.queueing?.teamQuotas ?? [] })),
    judgePriority(spec, facts),
    toErrors(validateWorkspaceQuota(spec, 'spec', facts.quotas ?? [])),
    toWarnings(own.errors.length > 0 ? [] : warnOfPolicy(spec as PipelineSpec, facts)),
    toErrors(refuseSelfCalls(steps, request.name)),
    toWarnings(
      findMissingCalls(
        steps.filter(({ call }) => call !== request.name),
        facts.configNames,
      ),
    ),
  )
}

/** A class that is missing may come later. */
function judgePriority(spec: unknown, facts: Facts): Verdict {
  const name = toText(toRecord(spec)['priorityClassName'])
  const found = validatePriority(name === undefined ? undefined : { name, path: 'spec.priorityClassName' }, facts)
  return {
    errors: found.filter(({ code }) => code !== 'NotFound'),
    warnings: found.filter(({ code }) => code === 'NotFound'),
  }
}

function readSpec({ object }: AdmissionRequest): unknown {
  return toRecord(object)['spec']
}
