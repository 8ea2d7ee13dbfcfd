import { apiVersion } from '../../crds/labels.ts'
import type { EventType, RunEvent } from '../../crds/parts/event.ts'
import type { Step } from '../../crds/parts/step.ts'
import type { PipelineRunSpec, Plan, RunPhase } from '../../crds/pipeline-run.ts'
import { judgeTrust } from '../../crds/trust.ts'
import type { EventRun } from '../../src/engine/trigger/render-run.ts'
import { head } from './forge-events.ts'

export interface KnownRun extends Pick<PipelineRunSpec, 'approvedCommit' | 'cancel'> {
  readonly name?: string
  readonly pipeline?: string
  readonly type?: EventType
  /** Of the pull request. */
  readonly number?: number
  readonly isFork?: boolean
  readonly commit?: string
  readonly branch?: string
  readonly receivedAt?: string
  readonly phase?: RunPhase
  /** Whether its step uses a Secret. */
  readonly usesSecret?: boolean
}

const repository = 'https://git.test/team/app'
const plain: Step = { name: 'test', image: 'busybox:1.37', commands: ['true'] }
let count = 0

/** A run that an event of connection `web` made, as admission stored it: of the fork's pull request 7 unless said otherwise. */
export function aKnownRun(given: KnownRun = {}): EventRun {
  count += 1
  const { name = `run-${count}`, commit = head, phase, usesSecret = true } = given
  const event = renderEvent(given)
  const step: Step = usesSecret ? { ...plain, secrets: [{ secretRef: 'token', key: 'token', envVar: 'TOKEN' }] } : plain
  const { branch, cancel, approvedCommit } = given
  const optional = Object.entries({ branch, cancel, approvedCommit }).filter(([, value]) => value !== undefined)
  return {
    apiVersion,
    kind: 'PipelineRun',
    metadata: { name, namespace: 'team' },
    spec: {
      commit,
      pipelineSpec: { repository, steps: [step] },
      event,
      ...Object.fromEntries(optional),
      plan: renderPlan(step, judgeTrust(event, ['main'])),
    },
    ...(phase === undefined ? {} : { status: { phase } }),
  }
}

function renderEvent(given: KnownRun): RunEvent {
  const { type = 'pullRequest', pipeline = 'unit', receivedAt = '2026-11-21T09:00:00.000Z' } = given
  const { number = 7, isFork = true } = given
  const pullRequest = { number, fork: isFork, branch: 'feature/thing', targetBranch: 'main' }
  return { type, connection: 'web', pipeline, receivedAt, ...(type === 'pullRequest' ? { pullRequest } : {}) }
}

function renderPlan(step: Step, untrusted: Plan['untrusted']): Plan {
  const plan: Plan = { repository, steps: [step], timeoutSeconds: 600, clone: { depth: 1, submodules: false } }
  return untrusted === undefined ? plan : { ...plan, untrusted }
}
