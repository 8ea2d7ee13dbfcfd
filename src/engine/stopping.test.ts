import { expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { makeRun } from '../../test/helpers/arbitrary-run.ts'
import { makeSnapshot } from '../../test/helpers/engine-state.ts'
import { planRun } from './plan.ts'

const at = Date.parse('2026-01-01T00:00:00Z')
const run = makeRun({
  repository: 'r',
  steps: [{ name: 'a', image: 'i', commands: ['c'] }],
  finally: [{ name: 'sweep', image: 'i', commands: ['c'] }],
  timeoutSeconds: 600,
  clone: { depth: 1, submodules: false },
})
const place = { position: 1, of: 1, message: 'another comes first' }
const room = { granted: new Set<string>(), waiting: new Map([['a', 'no room']]), place }
const cancel = (of: PipelineRun): PipelineRun => ({ ...of, spec: { ...of.spec, cancel: true } })

test.each([
  ['for room', { room }],
  ['for its turn in a concurrency group', { groupTurn: { after: 'first', place } }],
])(
  'a run that is cancelled while it waits %s ends at once: nothing has begun that its finally steps could end',
  (_, queue) => {
    const waiting = planRun({ ...makeSnapshot(run, at), ...queue })
    expect(waiting.creations).toEqual([])
    const ended = planRun(makeSnapshot(cancel({ ...run, status: waiting.status ?? {} }), at + 1000))
    expect(ended.creations).toEqual([])
    expect(ended.status).toMatchObject({ phase: 'Cancelled', reason: 'Cancelled' })
    expect(ended.status?.steps).toMatchObject([
      { name: 'a', phase: 'Skipped' },
      { name: 'sweep', phase: 'Skipped', reason: 'RunCancelled' },
    ])
  },
)

test('of a run of which a step has begun they run', () => {
  const steps = [
    { name: 'a', phase: 'Failed' as const, reason: 'ExitCode', jobName: 'j' },
    { name: 'sweep', phase: 'Pending' as const },
  ]
  const plan = planRun(makeSnapshot(cancel({ ...run, status: { phase: 'Running', steps } }), at))
  expect(plan.creations.map(({ step }) => step)).toEqual(['sweep'])
})
