import type { PipelineConfig } from '../../crds/kinds.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import { freezePlan } from '../../crds/plan.ts'
import { sealPlan } from '../../crds/plan-hash.ts'
import { judgeTrust } from '../../crds/trust.ts'
import { applyUsual, type UsualAmounts } from '../../crds/usual.ts'
import { findConnection } from '../../src/engine/connection-match.ts'
import type { FactNeeds, Facts } from '../facts.ts'
import { toText } from '../json.ts'
import type { AdmissionRequest } from '../request.ts'
import { findUsualAmounts } from '../setting.ts'
import { listSecretNames } from '../validate/pipeline-parts.ts'
import { judgeSecret } from '../validate/secret-access.ts'
import { findCall, planCallReads } from './called-run.ts'
import { inheritRun } from './inherit-run.ts'
import { planRerunReads, takeOver } from './rerun.ts'
import { listRunSteps, planSecretReads, toRunAsker } from './run-asker.ts'
import { findAskedPriority, freezePriority, planPriorityReads } from './run-priority.ts'
import { findRunSource, type RunSource, readSpec, toIdentity } from './run-source.ts'

/** The reads that freezing a run's plan depends on: what it runs, then the Secrets in it and who may use them. */
export function planRunReads(sent: AdmissionRequest, facts: Facts): FactNeeds {
  const request = inheritRun(sent, facts)
  const ref = toText(readSpec(request)['pipelineConfigRef'])
  const needs: FactNeeds = {
    connections: 'near',
    setting: 'near',
    ...planCallReads(request, facts),
    ...planRerunReads(request, facts),
    ...(ref === undefined ? {} : { config: ref }),
  }
  const source = findRunSource(request, facts)
  if (source === undefined) return { ...needs, queueing: 'near' }
  const priority = planPriorityReads(findAskedPriority(request, source), facts)
  return { ...needs, ...priority, ...planSecretReads(request, source, facts) }
}

/** The run's plan; undefined where there is nothing to freeze, which is the validators' to tell. */
export function freezeRunPlan(request: AdmissionRequest, facts: Facts): Plan | undefined {
  const source = findRunSource(request, facts)
  if (source === undefined) return undefined
  const { pipeline, config } = source
  const connection = findConnection(pipeline.repository, facts.connections ?? [])
  const frozen = freezePlan(applyUsual(pipeline, findUsualOf(request, source, facts)), {
    ...(config === undefined ? {} : { source: toPlanSource(config) }),
    ...(connection?.metadata.name === undefined ? {} : { connection: connection.metadata.name }),
    ...(connection?.spec.authSecretRef === undefined ? {} : { authSecretRef: connection.spec.authSecretRef }),
    run: toIdentity(request),
  })
  const priority = freezePriority(findAskedPriority(request, source), frozen, facts)
  const judged = notePolicy({ ...frozen, ...priority }, facts)
  const plan = findCall(request) === undefined ? judged : leaveGroup(judged)
  const branch = findProvingBranch(request, source, facts)
  return takeOver(sealPlan(branch === undefined ? plan : { ...plan, branches: [branch] }), request, facts)
}

/**
 * A called run belongs to the run that calls it: in a group of its own it could take the place of its sibling, of the
 * caller itself, or wait for it for ever. What stops it is a stop of its caller.
 */
function leaveGroup({ concurrency: _concurrency, ...plan }: Plan): Plan {
  return plan
}

function findUsualOf(
  request: AdmissionRequest,
  { pipeline, event }: RunSource,
  facts: Facts,
): UsualAmounts | undefined {
  const isUntrusted = judgeTrust(event, pipeline.branches) !== undefined
  return findUsualAmounts(facts, isUntrusted && toText(readSpec(request)['approvedCommit']) === undefined)
}

function notePolicy(plan: Plan, { setting }: Facts): Plan {
  return setting?.policy?.kind === 'usable' ? { ...plan, policy: setting.policy.id } : plan
}

function toPlanSource({
  metadata: { name = '', uid = '', generation = 0 },
}: PipelineConfig): NonNullable<Plan['source']> {
  return { name, uid, generation }
}

/**
 * A Secret that is only for some branches is given to a commit that is really on the run's branch: the plan says so, and
 * the clone checks it.
 */
function findProvingBranch(request: AdmissionRequest, source: RunSource, facts: Facts): string | undefined {
  const asker = toRunAsker(request, source, facts)
  const { branch } = asker.grant
  if (typeof branch !== 'string') return undefined
  const isLimited = (name: string) => {
    const verdict = judgeSecret(name, asker, facts)
    return verdict.kind === 'allowed' && verdict.onlyOnBranch
  }
  return listSecretNames(listRunSteps(request, source, '')).some(isLimited) ? branch : undefined
}
