import type { Plan } from '../../crds/pipeline-run.ts'
import { listStepOrder } from '../../crds/planned-steps.ts'
import { toTimestamp } from '../lib/clock.ts'
import { findFailFast, type StopOrder } from './fail-fast.ts'
import { type GateAnswer, type GateContext, waitReasons } from './gates/gate.ts'
import { isLetThrough, takePlace } from './gates/matrix.ts'
import { gates } from './gates/registry.ts'
import { isFinal } from './needs.ts'
import type { Snapshot } from './snapshot.ts'
import type { StepState } from './step/step-state.ts'
import type { Stopping } from './view.ts'

export interface SettleContext {
  readonly snapshot: Snapshot
  readonly plan: Plan
  readonly stopping?: Stopping | undefined
  /** The run waits for approval. Its finally steps would need it too, so a stop ends them with the rest. */
  readonly isWithheld?: boolean
  /** A container of the run has begun to run. */
  readonly hasBegun?: boolean
}

/**
 * Ends what can be ended without running anything: steps of a stopped run, steps whose needs will not be met, steps whose
 * condition does not hold. Goes through the steps in order of need, so that one skip settles all that hangs on it.
 */
export function settleSteps(states: readonly StepState[], context: SettleContext): readonly StepState[] {
  const settled = new Map(states.map((state) => [state.step.name, state]))
  const { snapshot, plan } = context
  const gateContext = { snapshot, plan, stateOf: (name: string) => settled.get(name), states: () => settled.values() }
  for (const name of listStepOrder(plan)) {
    const state = settled.get(name)
    if (state !== undefined) settled.set(name, settleStep(state, gateContext, context))
  }
  return states.map((state) => settled.get(state.step.name) ?? state)
}

function settleStep(state: StepState, gateContext: GateContext, context: SettleContext): StepState {
  if (state.isRecorded) return state
  const stop = findStop(state, gateContext, context)
  if (stop !== undefined) return stopStep(state, context.snapshot, stop)
  // Before a further attempt (nextAttempt is set, jobName is that of the one before) only what holds for the moment is asked.
  const isAgain = isBegun(state)
  if (isFinal(state) || isLetThrough(state) || (isAgain && state.nextAttempt === undefined)) return state
  const isGateWait = waitReasons.has(state.reason ?? '') && state.isRefused !== true
  const isForgotten = state.nextAttempt !== undefined && isGateWait
  const fresh = isForgotten ? { ...state, reason: undefined, message: undefined } : state
  return passGates(fresh, gateContext, context)
}

function passGates(state: StepState, gateContext: GateContext, { snapshot, isWithheld }: SettleContext): StepState {
  const asked = isBegun(state) ? gates.filter(({ isForEachAttempt }) => isForEachAttempt === true) : gates
  for (const gate of asked) {
    const answer = gate.judge(state, gateContext)
    if (answer !== undefined) return applyAnswer(state, answer, snapshot.now)
  }
  const passed = state.isRefused === true ? state : { ...state, waitingSince: undefined }
  return isWithheld === true ? passed : noteRoom(takePlace(passed), snapshot)
}

/** What the queue let through has that in its row: by the rows alone the run would else seem to wait on, and its clock to stand still. */
function noteRoom(state: StepState, { room }: Snapshot): StepState {
  const isNew = room !== undefined && state.nextAttempt !== undefined && state.reason === undefined
  return isNew ? { ...state, reason: 'Starting' } : state
}

/** Why the step is to end: the run is stopped, or its matrix. */
function findStop(state: StepState, gateContext: GateContext, context: SettleContext): StopOrder | undefined {
  const { stopping } = context
  if (stopping === undefined || (state.isFinally && !endsWithRest(gateContext, context))) {
    return findFailFast(state, gateContext)
  }
  return { reason: stopReasons[stopping.cause], since: stopping.since, message: stopping.message }
}

/** Whether a stop ends the finally steps too: where nothing has begun, and nothing can any more, there is nothing for them to end. */
function endsWithRest({ states }: GateContext, { isWithheld, hasBegun }: SettleContext): boolean {
  return isWithheld === true || (hasBegun === false && [...states()].every((each) => each.isFinally || isFinal(each)))
}

/** It has a Job, or the run that it is. */
function isBegun({ jobName, run }: StepState): boolean {
  return jobName !== undefined || run !== undefined
}

function applyAnswer(state: StepState, answer: GateAnswer, now: number): StepState {
  const { kind, ...words } = answer
  if (answer.kind === 'skip') return { ...skip(state, answer.reason, answer.message), skippedBy: answer.skippedBy }
  if (kind === 'wait') return { ...state, ...words, nextAttempt: undefined }
  const { row, ...end } = { row: {}, ...words }
  const ended = { completionTime: toTimestamp(now), nextAttempt: undefined, recheckAt: undefined, message: undefined }
  return { ...state, ...ended, ...end, ...row }
}

function skip(state: StepState, reason: NonNullable<StepState['reason']>, message: string): StepState {
  return { ...state, phase: 'Skipped', reason, message, nextAttempt: undefined, recheckAt: undefined }
}

const stopReasons = { Cancelled: 'RunCancelled', Superseded: 'RunCancelled', TimedOut: 'RunTimedOut' } as const

/** What never started is skipped; what runs is stopped and then reported as it ended, for as long as one may wait. */
function stopStep(state: StepState, { now, settings }: Snapshot, { reason, since, message }: StopOrder): StepState {
  if (isFinal(state)) return isStoppedEnd(state) ? { ...state, phase: 'Cancelled', reason, message } : state
  if (!isBegun(state)) return skip(state, reason, message)
  // A called run ends by itself, its finally steps included, however long they take.
  if (state.run !== undefined && !state.isQuiet) return { ...state, unwanted: state.work }
  if (state.isQuiet) return cancel(state, { reason, message }, now)
  const limit = since + settings.stopLimitSeconds * 1000
  if (now < limit) return { ...state, nextAttempt: undefined, unwanted: state.work, recheckAt: limit }
  return cancel(state, { reason, message: `${message}; the step did not report its end` }, now)
}

function isStoppedEnd({ phase, isStopped, reason }: StepState): boolean {
  return (phase === 'Failed' && isStopped) || reason === 'CallCancelled'
}

type Words = Pick<StepState, 'reason' | 'message'>

function cancel(state: StepState, words: Words, now: number): StepState {
  const completionTime = toTimestamp(now)
  return { ...skip(state, 'RunCancelled', ''), ...words, phase: 'Cancelled', completionTime, unwanted: state.work }
}
