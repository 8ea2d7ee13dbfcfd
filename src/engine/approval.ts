import type { PipelineRun } from '../../crds/kinds.ts'
import type { Step } from '../../crds/parts/step.ts'
import { listPlannedSteps } from '../../crds/planned-steps.ts'
import { isPlaced, isUnapproved } from '../../crds/trust.ts'
import { judgeCondition } from './condition/judge-condition.ts'

/** As much of a run as its trust depends on. */
export type TrustFacts = Pick<PipelineRun, 'spec' | 'status'>

/** What an untrusted run would need a person's approval for. */
export type WithheldNeed =
  | { readonly kind: 'secrets'; readonly step: string }
  | { readonly kind: 'call'; readonly step: string }
  /** A service account, or nodes that are kept for others. */
  | { readonly kind: 'place'; readonly step: string }
  /** The repository cannot be cloned without a credential. */
  | { readonly kind: 'clone' }

/**
 * What keeps a run from starting before its commit is approved; undefined where nothing does. It depends on nothing that
 * changes while the run lives but the approval, so a run that has started is never held back again.
 */
export function findWithheldNeed(run: TrustFacts): WithheldNeed | undefined {
  const { plan, event } = run.spec
  if (plan === undefined || !isUnapproved(run)) return undefined
  const step = listPlannedSteps(plan).find((each) => (each.secrets ?? []).length > 0 && isMeantToRun(each, run))
  if (step !== undefined) return { kind: 'secrets', step: step.name }
  // Which pipelines run, and with what params, is what nobody has looked at yet.
  const call = listPlannedSteps(plan).find((each) => each.pipeline !== undefined && isMeantToRun(each, run))
  if (call !== undefined) return { kind: 'call', step: call.name }
  const placed = listPlannedSteps(plan).find((each) => isPlaced(each) && isMeantToRun(each, run))
  if (placed !== undefined) return { kind: 'place', step: placed.name }
  return event?.private === true && plan.clone.authSecretRef !== undefined ? { kind: 'clone' } : undefined
}

/** Whether the step may come to run: what depends on how other steps end may. */
export function isMeantToRun(step: Step, run: TrustFacts): boolean {
  return judgeCondition(step, run).kind !== 'unmet'
}

/** Why the run waits, and who may do what about it. */
export function describeWithheld(run: PipelineRun, need: WithheldNeed): string {
  const { plan, commit, event } = run.spec
  const { name = '', namespace = '' } = run.metadata
  const wants = describeNeed(need)
  const patch = JSON.stringify({ spec: { approvedCommit: run.status?.commit ?? commit } })
  const command = `kubectl patch c8spr ${name} -n ${namespace} --type merge -p '${patch}'`
  const number = event?.pullRequest?.number
  const comment = number === undefined ? '' : `who may push comments /ok-to-test on pull request ${number}, or `
  const why = (plan?.untrusted?.message ?? 'the commit is not trusted').replace(/\.$/, '')
  return `waits for approval: ${wants}, and ${why}; ${comment}who has the verb approve runs ${command}`
}

const needWords = {
  secrets: 'uses Secrets',
  call: 'calls a pipeline of the cluster',
  place: 'has a service account, or tolerates taints of nodes',
} as const

function describeNeed(need: WithheldNeed): string {
  if (need.kind === 'clone') return 'the repository is private'
  return `step ${need.step} ${needWords[need.kind]}`
}
