import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { makeRun } from '../../../test/helpers/arbitrary-run.ts'
import { makeSnapshot, makeStepState } from '../../../test/helpers/engine-state.ts'
import type { StepState } from '../step/step-state.ts'
import { condition } from './condition.ts'
import type { Gate, GateContext } from './gate.ts'
import { needs } from './needs.ts'
import { gates } from './registry.ts'
import { room } from './room.ts'
import { turn } from './turn.ts'

const plan = { repository: 'r', steps: [], timeoutSeconds: 3600, clone: { depth: 1, submodules: false } }

function makeContext(states: readonly StepState[], branch?: string): GateContext {
  const run = makeRun(plan)
  const snapshot = makeSnapshot({ ...run, spec: { ...run.spec, ...(branch === undefined ? {} : { branch }) } }, 0)
  const known = new Map(states.map((state) => [state.step.name, state]))
  return { snapshot, plan, stateOf: (name) => known.get(name), states: () => known.values() }
}

const withNeeds = (name: string, dependsOn: string[]) =>
  makeStepState(name, { step: { name, image: 'i', commands: ['c'], dependsOn } })

describe('the registry', () => {
  it('has every gate of the folder', () => {
    const files = readdirSync(new URL('.', import.meta.url))
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => file.slice(0, -3))
    const ids: string[] = gates.map(({ id }: Gate) => id)
    expect(files.filter((file) => file !== 'gate' && file !== 'registry').sort()).toEqual(ids.sort())
  })
})

describe('needs', () => {
  it.each([
    ['Succeeded', undefined],
    ['Running', { kind: 'wait' }],
    ['Failed', { kind: 'skip', reason: 'NeedsNotMet', message: 'needs a, which failed' }],
    ['Cancelled', { kind: 'skip', reason: 'NeedsNotMet', message: 'needs a, which was cancelled' }],
  ] as const)('of a step that is %s', (phase, want) => {
    const answer = needs.judge(withNeeds('b', ['a']), makeContext([makeStepState('a', { phase })]))
    expect(answer).toEqual(want)
  })

  it('tells how many more there are', () => {
    const states = [makeStepState('a', { phase: 'Failed' }), makeStepState('b', { phase: 'Skipped' })]
    const answer = needs.judge(withNeeds('c', ['a', 'b']), makeContext(states))
    expect(answer).toMatchObject({ message: 'needs a, which failed (and 1 more)' })
  })
})

describe('condition', () => {
  const onMain = makeStepState('a', {
    step: { name: 'a', image: 'i', commands: ['c'], conditional: { branch: 'main' } },
  })

  it('lets through what it holds for', () => {
    expect(condition.judge(onMain, makeContext([], 'main'))).toBeUndefined()
  })

  it('names what does not hold', () => {
    const want = { kind: 'skip', reason: 'ConditionNotMet', skippedBy: 'branch' }
    expect(condition.judge(onMain, makeContext([], 'next'))).toMatchObject(want)
  })
})

describe('room', () => {
  const context = makeContext([])
  const full = {
    ...context,
    snapshot: {
      ...context.snapshot,
      room: { granted: new Set(['b']), waiting: new Map([['a', 'it asks for 1 of pods']]) },
    },
  }

  it.each([
    ['without a quota', 'a', context, undefined],
    ['with room', 'b', full, undefined],
    ['what did not ask', 'c', full, { kind: 'wait' }],
    ['without', 'a', full, { kind: 'wait', reason: 'QuotaExceeded', message: 'it asks for 1 of pods' }],
  ] as const)('%s', (...[, name, given, want]) => {
    expect(room.judge(makeStepState(name), given)).toEqual(want)
  })

  it('is asked for again before each further attempt', () => {
    expect(gates.filter(({ isForEachAttempt }) => isForEachAttempt).map(({ id }) => id)).toContain('room')
  })
})

describe('turn', () => {
  it('names the run that goes on', () => {
    const context = makeContext([])
    const snapshot = { ...context.snapshot, groupTurn: { after: 'first', place: { position: 1, of: 1 } } }
    const want = { kind: 'wait', reason: 'ConcurrencyGroup', message: 'waits for run first of its concurrency group' }
    expect(turn.judge(makeStepState('a'), { ...context, snapshot })).toEqual(want)
    expect(turn.judge(makeStepState('a'), context)).toBeUndefined()
  })
})
