import { describe, expect, it } from 'vitest'
import { makeRun } from '../../../test/helpers/arbitrary-run.ts'
import { makeSnapshot, makeStepState } from '../../../test/helpers/engine-state.ts'
import type { Snapshot } from '../snapshot.ts'
import { renderRow } from './rows.ts'
import { refreshFinalStatus, renderRunStatus, renderStuckStatus, type StatusParts } from './run-status.ts'

const now = Date.parse('2026-01-01T01:00:00Z')
const plan = { repository: 'r', steps: [], timeoutSeconds: 3600, clone: { depth: 1, submodules: false } }

function makeSnapshotOf(status?: Snapshot['run']['status']): Snapshot {
  const run = makeRun(plan)
  const metadata = { ...run.metadata, generation: 2 }
  return makeSnapshot({ ...run, metadata, ...(status === undefined ? {} : { status }) }, now)
}

const running: StatusParts['verdict'] = { phase: 'Running', reason: 'StepsRunning', message: 'running a' }
const succeeded: StatusParts['verdict'] = { phase: 'Succeeded', reason: 'Succeeded', message: 'all well' }
const failed: StatusParts['verdict'] = { phase: 'Failed', reason: 'StepFailed', message: 'a failed' }
const cancelled: StatusParts['verdict'] = { phase: 'Cancelled', reason: 'Cancelled', message: 'cancelled' }

const render = (parts: StatusParts, status?: Snapshot['run']['status']) =>
  renderRunStatus(makeSnapshotOf(status), parts)
const flags = ({ conditions = [] }: ReturnType<typeof render>) =>
  Object.fromEntries(conditions.map(({ type, status }) => [type, status]))

describe('renderRow', () => {
  it('leaves out what is not known', () => {
    expect(renderRow(makeStepState('a'))).toStrictEqual({ name: 'a', phase: 'Pending' })
  })

  it.each(['Succeeded', 'Failed', 'Cancelled', 'Skipped'] as const)('tells the end of a step that is %s', (phase) => {
    const end = { exitCode: 0, completionTime: '2026-01-01T00:10:00Z' }
    expect(renderRow(makeStepState('a', { phase, ...end }))).toStrictEqual({ name: 'a', phase, ...end })
  })

  it.each(['Pending', 'Running'] as const)('tells no end of a step that is %s', (phase) => {
    const state = makeStepState('a', { phase, exitCode: 137, completionTime: '2026-01-01T00:10:00Z', attempt: 2 })
    expect(renderRow(state)).toStrictEqual({ name: 'a', phase, attempt: 2 })
  })
})

describe('renderRunStatus', () => {
  it.each([
    [running, { Succeeded: 'Unknown', Ready: 'False', Reconciling: 'True', Stalled: 'False' }],
    [succeeded, { Succeeded: 'True', Ready: 'True', Reconciling: 'False', Stalled: 'False' }],
    [failed, { Succeeded: 'False', Ready: 'False', Reconciling: 'False', Stalled: 'True' }],
    [cancelled, { Succeeded: 'False', Ready: 'False', Reconciling: 'False', Stalled: 'True' }],
  ])('$phase', (verdict, want) => {
    const status = render({ verdict, steps: [] })
    expect(flags(status)).toEqual(want)
    expect(status).toMatchObject({ ...verdict, observedGeneration: 2 })
  })

  it('counts what has ended, skipped steps too', () => {
    const steps = [
      makeStepState('a', { phase: 'Succeeded' }),
      makeStepState('b', { phase: 'Skipped' }),
      makeStepState('c'),
    ]
    expect(render({ verdict: running, steps }).progress).toBe('2/3')
  })

  it.each([
    ['the last step', ['2026-01-01T00:10:00Z', '2026-01-01T00:20:00Z'], '2026-01-01T00:20:00Z'],
    ['the start, where the clock of a node is behind', ['2025-12-31T23:00:00Z'], '2026-01-01T00:00:00Z'],
    ['now, where no step ran', [], '2026-01-01T01:00:00Z'],
  ])('ends with %s', (_name, ends, want) => {
    const steps = ends.map((completionTime, index) =>
      makeStepState(`s${index}`, { phase: 'Succeeded', completionTime }),
    )
    const parts = { steps, startTime: '2026-01-01T00:00:00Z' }
    expect(render({ verdict: succeeded, ...parts }).completionTime).toBe(want)
    expect(render({ verdict: running, ...parts })).not.toHaveProperty('completionTime')
  })

  it('keeps the commit that was told first', () => {
    const steps = [makeStepState('a'), makeStepState('b', { commit: 'b'.repeat(40) })]
    expect(render({ verdict: running, steps }).commit).toBe('b'.repeat(40))
    expect(render({ verdict: running, steps }, { commit: 'a'.repeat(40) }).commit).toBe('a'.repeat(40))
  })

  it('says why it stops and whose log may lack lines', () => {
    const steps = Array.from({ length: 22 }, (_, index) => makeStepState(`s${index}`, { isLogIncomplete: index !== 0 }))
    const stopping = { cause: 'TimedOut', message: 'the run took longer than its timeout', since: now } as const
    const { conditions } = render({ verdict: running, steps, stopping })
    expect(conditions).toContainEqual(
      expect.objectContaining({ reason: 'TimedOut', message: 'the run took longer than its timeout' }),
    )
    const incomplete = conditions?.find(({ type }) => type === 'LogsIncomplete')
    expect(incomplete?.message).toMatch(/^the log of s1, .*s20 and 1 more may lack lines/)
  })
})

describe('a status beside the result', () => {
  const last = render({ verdict: succeeded, steps: [makeStepState('a', { phase: 'Succeeded' })] })

  it('of a final run gains what was learnt late, and keeps the rest', () => {
    const { conditions = [], ...rest } = refreshFinalStatus(makeSnapshotOf(last), ['a'])
    const { conditions: before = [], ...lastRest } = last
    expect(rest).toEqual(lastRest)
    expect(conditions.slice(0, before.length)).toEqual(before)
    expect(conditions.slice(before.length)).toMatchObject([{ type: 'LogsIncomplete', status: 'True' }])
    expect(refreshFinalStatus(makeSnapshotOf(last), [])).toEqual(last)
  })

  it('leaves out what the forge was told', () => {
    const told = { ...last, report: { state: 'success' as const } }
    expect(refreshFinalStatus(makeSnapshotOf(told), [])).toEqual(last)
    expect(renderStuckStatus(makeSnapshotOf({ phase: 'Running', report: {} }).run, 'x', now)).not.toHaveProperty(
      'report',
    )
    expect(render({ verdict: running, steps: [] }, told)).not.toHaveProperty('report')
  })

  it('of a run that the controller fails on says so without a change of phase', () => {
    const run = makeSnapshotOf({ phase: 'Running' }).run
    const status = renderStuckStatus(run, 'connection refused', now)
    expect(status).toMatchObject({ phase: 'Running', conditions: [{ type: 'Stalled', status: 'True' }] })
    expect(status.conditions?.[0]?.message).toContain('connection refused')
    expect(renderStuckStatus(makeSnapshotOf().run, 'x', now).phase).toBe('Pending')
  })
})
