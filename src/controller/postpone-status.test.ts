import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { nothingToDo, type RunPlan, type Urgency } from '../engine/run-plan.ts'
import type { Instant } from '../lib/clock.ts'
import { ProgressTurns, postponeStatus, type StatusDues } from './postpone-status.ts'

const run: PipelineRun = { metadata: { name: 'r' }, spec: { commit: 'abc1234' }, status: { phase: 'Pending' } }

const planOf = (urgency: Urgency, phase: 'Pending' | 'Running' = 'Running'): RunPlan => ({
  ...nothingToDo,
  status: { phase },
  urgency,
})

function aController() {
  const turns = new ProgressTurns()
  const memories = new Map<string, StatusDues>()
  return {
    /** Whether the status of a run is written now; when to look again else. */
    look: (name: string, plan: RunPlan, now: Instant) => {
      const dues = memories.get(name) ?? new Map()
      memories.set(name, dues)
      const { status, wakeAt } = postponeStatus(plan, { run, now }, { dues, turns })
      if (status !== undefined) dues.clear()
      return status === undefined ? { wakeAt } : 'written'
    },
  }
}

describe('a status', () => {
  test('that somebody waits for is written at once, and what could wait goes with it', () => {
    const { look } = aController()
    expect(look('a', planOf('soon'), 0)).toEqual({ wakeAt: 1000 })
    expect(look('a', planOf('now'), 10)).toBe('written')
    expect(look('a', planOf('soon'), 2000)).toEqual({ wakeAt: 3000 })
  })

  test('that tells nothing new is none to wait for', () => {
    expect(aController().look('a', planOf('soon', 'Pending'), 0)).toBe('written')
  })

  test.each([
    ['soon', 1000],
    ['late', 3000],
  ] as const)('of progress waits: %s', (urgency, dueAt) => {
    const { look } = aController()
    expect(look('a', planOf(urgency), 0)).toEqual({ wakeAt: dueAt })
    expect(look('a', planOf(urgency), dueAt - 1)).toEqual({ wakeAt: dueAt })
    expect(look('a', planOf(urgency), dueAt)).toBe('written')
  })

  test('waits no longer because more is to be told', () => {
    const { look } = aController()
    expect(look('a', planOf('soon'), 0)).toEqual({ wakeAt: 1000 })
    expect(look('a', planOf('late'), 500)).toEqual({ wakeAt: 1000 })
    expect(look('a', planOf('soon'), 900)).toEqual({ wakeAt: 1000 })
  })

  test('keeps an earlier moment of the plan to look again', () => {
    expect(aController().look('a', { ...planOf('late'), wakeAt: 200 }, 0)).toEqual({ wakeAt: 200 })
  })

  test('waits no longer when the clock is set back', () => {
    const { look } = aController()
    look('a', planOf('soon'), 3_600_000)
    expect(look('a', planOf('soon'), 0)).toEqual({ wakeAt: 1000 })
  })
})

describe('many runs at once', () => {
  test('tell of their progress one after another, and none later than ten seconds after one alone', () => {
    const { look } = aController()
    const due = Array.from({ length: 200 }, (_, i) => look(`run-${i}`, planOf('soon'), 0))
    expect(due.slice(0, 4)).toEqual([{ wakeAt: 1000 }, { wakeAt: 1200 }, { wakeAt: 1400 }, { wakeAt: 1600 }])
    expect(due.at(-1)).toEqual({ wakeAt: 11_000 })
    expect(look('run-199', planOf('soon'), 11_000)).toBe('written')
  })

  test('do not let what may wait longer go before what may not', () => {
    const { look } = aController()
    for (let i = 0; i < 20; i += 1) look(`late-${i}`, planOf('late'), 0)
    expect(look('soon', planOf('soon'), 0)).toEqual({ wakeAt: 1000 })
  })

  test('let none wait with what is counted from the moment when it is told', () => {
    const { look } = aController()
    for (let i = 0; i < 200; i += 1) look(`run-${i}`, planOf('soon'), 0)
    expect(look('run-199', planOf('counted'), 1)).toEqual({ wakeAt: 1001 })
    expect(look('run-199', planOf('counted'), 1001)).toBe('written')
  })

  test('tell their ends at once all the same', () => {
    const { look } = aController()
    for (let i = 0; i < 200; i += 1) look(`run-${i}`, planOf('soon'), 0)
    expect(look('run-199', planOf('now'), 1)).toBe('written')
  })
})

test('whatever the clock does, a turn is never before the delay is over, nor more than ten seconds after', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 200 }), (moments) => {
      const turns = new ProgressTurns()
      for (const now of moments) {
        const turn = turns.reserve(now, 'soon')
        expect(turn).toBeGreaterThanOrEqual(now + 1000)
        expect(turn).toBeLessThanOrEqual(now + 11_000)
      }
    }),
  )
})
