import { isFinal } from '../needs.ts'
import { describeWait, listPausing } from '../pause.ts'
import type { RunReason, StepReason } from '../reasons.ts'
import type { StepState } from '../step/step-state.ts'
import type { Outcome, RunView } from '../view.ts'
import { isOpen, listNames } from './rule.ts'

/** Reasons that keep a step from starting and that a person wants to see on the run. */
const obstacles = [
  'ContainerConfig',
  'ImagePull',
  'PodRefused',
  'AdmissionMissing',
  'ConcurrencyGroup',
  'QuotaExceeded',
  'Unschedulable',
  'VolumePending',
  'NoAddress',
  'DiskFull',
  'Suspended',
] as const satisfies readonly (RunReason & StepReason)[]

/** Of steps that have run, or count as such, and do nothing now. */
const restReasons: ReadonlySet<string> = new Set<StepReason>([
  'AwaitingApproval',
  'Retrying',
  'QuotaExceeded',
  'AdmissionMissing',
  'Suspended',
])

type Progress = Pick<Outcome, 'phase' | 'reason' | 'message'>

/** Phase and sentence of a run that goes on. Running once a step has begun to run, and never Pending again. */
export function describeProgress({ steps, snapshot }: RunView, reason: RunReason): Progress {
  const hasStarted = snapshot.run.status?.phase === 'Running' || steps.some(hasRun)
  const open = steps.filter(isOpen)
  const running = open.filter(({ phase, reason }) => phase === 'Running' && !restReasons.has(reason ?? ''))
  const phase = hasStarted ? 'Running' : 'Pending'
  if (running.length > 0) return { phase, reason, message: `running ${listNames(running)}` }
  const paused = listPausing(open).find((each) => each.reason === 'AwaitingApproval')
  if (paused !== undefined) {
    return { phase, reason: 'AwaitingApproval', message: describeWait(paused.step.name, paused.message) }
  }
  const obstacle = findObstacle(open)
  if (obstacle !== undefined) return { phase, ...obstacle }
  const retrying = open.filter((each) => each.reason === 'Retrying')
  if (retrying.length > 0) return { phase, reason, message: `waiting to try ${listNames(retrying)} again` }
  const starting = open.filter(({ jobName, nextAttempt }) => jobName !== undefined || nextAttempt !== undefined)
  const message = starting.length === 0 ? 'waiting for the first step' : `starting ${listNames(starting)}`
  return { phase, reason: hasStarted ? reason : 'Starting', message }
}

function hasRun(state: StepState): boolean {
  return state.phase === 'Running' || (isFinal(state) && state.phase !== 'Skipped')
}

function findObstacle(open: readonly StepState[]): Omit<Progress, 'phase'> | undefined {
  for (const reason of obstacles) {
    const state = open.find((each) => each.reason === reason)
    if (state !== undefined) return { reason, message: `step ${state.step.name} waits: ${state.message ?? reason}` }
  }
  return undefined
}
