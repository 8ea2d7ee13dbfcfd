import { describe, expect, it } from 'vitest'
import { freezePlan } from '../../../crds/plan.ts'
import { listMainSteps } from '../../../crds/planned-steps.ts'
import { makeRun } from '../../../test/helpers/arbitrary-run.ts'
import { makeSnapshot, makeStepState } from '../../../test/helpers/engine-state.ts'
import { findFailFast } from '../fail-fast.ts'
import { planRun } from '../plan.ts'
import { foldMatrices } from '../status/matrix-view.ts'
import type { StepState } from '../step/step-state.ts'
import { matrix } from './matrix.ts'

const dimensions = { node: ['20', '22', '24'] }

/** Legs t-20, t-22 and t-24 in the given states, and what they are judged in. */
function arrange(
  limits: { readonly maxParallel?: number; readonly failFast?: boolean },
  ...states: Partial<StepState>[]
) {
  const steps = [{ name: 't', image: 'i', commands: ['c'], matrix: { dimensions, ...limits } }]
  const plan = freezePlan({ repository: 'https://git.example/r', steps })
  const legs = listMainSteps(plan).map((step, index) => {
    const first = { step, nextAttempt: 1 }
    return makeStepState(step.name, { ...first, ...states[index] })
  })
  const known = new Map(legs.map((leg) => [leg.step.name, leg]))
  const snapshot = makeSnapshot(makeRun(plan), 1000)
  const context = { snapshot, plan, stateOf: (name: string) => known.get(name), states: () => known.values() }
  const judge = (index: number) => matrix.judge(legs[index] ?? makeStepState('none'), context)
  const stop = (index: number) => findFailFast(legs[index] ?? makeStepState('none'), context)
  return { legs, judge, stop }
}

const running = { phase: 'Running', jobName: 'j', nextAttempt: undefined } as const
const wait = { kind: 'wait', reason: 'MaxParallel', message: '1 legs of t run at once' }

describe('maxParallel', () => {
  it('lets all through where it is left out', () => {
    expect(arrange({}, running, running).judge(2)).toBeUndefined()
  })

  it.each<[string, Partial<StepState>, object | undefined]>([
    ['runs', running, wait],
    ['has a Job', { jobName: 'j', nextAttempt: undefined }, wait],
    ['is tried again', { jobName: 'j', retryAt: '2026-01-01T00:00:00Z' }, wait],
    ['is a run of another pipeline', { run: 'r', nextAttempt: undefined }, wait],
    ['was let through before', { reason: 'Starting' }, wait],
    ['waits for room', { reason: 'QuotaExceeded', nextAttempt: undefined }, undefined],
    ['waits for a person', { reason: 'AwaitingApproval', nextAttempt: undefined }, undefined],
    ['has ended', { phase: 'Succeeded', jobName: 'j' }, undefined],
  ])('beside one that %s', (_, state, want) => {
    expect(arrange({ maxParallel: 1 }, state).judge(1)).toEqual(want)
  })

  it('counts the legs of the step', () => {
    expect(arrange({ maxParallel: 2 }, running).judge(2)).toBeUndefined()
    expect(arrange({ maxParallel: 2 }, running, running).judge(2)).toMatchObject({ kind: 'wait' })
  })
})

describe('the place of a leg', () => {
  it('stands in the status before its Job is made, though nothing else is to be told', () => {
    const steps = [{ name: 't', image: 'i', commands: ['c'], matrix: { dimensions, maxParallel: 1 } }]
    const run = makeRun(freezePlan({ repository: 'https://git.example/r', steps }))
    const full = { granted: new Set<string>(), waiting: new Map([['t-20', 'no room']]) }
    const waiting = planRun({ ...makeSnapshot(run, 1000), room: full })
    const told = { ...run, status: waiting.status ?? {} }
    const going = planRun({ ...makeSnapshot(told, 2000), room: { granted: new Set(['t-20']), waiting: new Map() } })
    expect(going.creations.map(({ step }) => step)).toEqual(['t-20'])
    expect(going).toMatchObject({ isStatusFirst: true, urgency: 'now' })
    expect(going.status?.steps?.[0]).toMatchObject({ name: 't-20', reason: 'Starting' })
  })
})

describe('failFast', () => {
  const failed: Partial<StepState> = { phase: 'Failed', completionTime: '1970-01-01T00:00:09Z', jobName: 'j' }

  it('is off where it is left out', () => {
    expect(arrange({}, failed, running).stop(1)).toBeUndefined()
  })

  it('stops the others since the one that failed ended', () => {
    const message = 'leg t-20 of t failed, and its matrix is failFast'
    expect(arrange({ failFast: true }, failed, running).stop(1)).toEqual({
      reason: 'MatrixFailedFast',
      message,
      since: 9000,
    })
    expect(arrange({ failFast: true }, failed, running).stop(2)?.message).toBe(message)
  })

  it.each<[string, Partial<StepState>]>([
    ['itself', {}],
    ['one that succeeded', { phase: 'Succeeded' }],
    ['one that was cancelled', { phase: 'Cancelled', isRecorded: true }],
    ['one that was skipped', { phase: 'Skipped', isRecorded: true }],
    ['one that failed of being stopped', { phase: 'Failed', isStopped: true }],
  ])('does nothing for %s', (_, state) => {
    expect(arrange({ failFast: true }, state, running).stop(1)).toBeUndefined()
    expect(arrange({ failFast: true }, failed).stop(0)).toBeUndefined()
  })
})

describe('status.matrix', () => {
  it('is not there without a matrix', () => {
    expect(foldMatrices([makeStepState('a')])).toBeUndefined()
  })

  it('adds up the legs, and tells which failed', () => {
    const { legs } = arrange({}, { phase: 'Failed', message: 'exit code 2' }, running)
    const want = { name: 't', legs: 3, failed: 1, running: 1, message: 't-20: exit code 2' }
    expect(foldMatrices([makeStepState('a'), ...legs])).toEqual([want])
  })

  it('stays short whatever failed', () => {
    const { legs } = arrange({}, { phase: 'Failed', message: 'x'.repeat(4000) })
    const many = Array.from({ length: 40 }, () => legs[0] ?? makeStepState('none'))
    const [view] = foldMatrices(many) ?? []
    expect(view?.message).toMatch(/ and 35 more$/)
    expect(view?.message?.length).toBeLessThanOrEqual(1024)
  })
})
