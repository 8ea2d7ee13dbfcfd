import { expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { PlanStep } from '../../crds/parts/step.ts'
import type { StepStatus } from '../../crds/pipeline-run.ts'
import { makeRun } from '../../test/helpers/arbitrary-run.ts'
import { makeSnapshot } from '../../test/helpers/engine-state.ts'
import type { Pod } from '../lib/kubernetes.ts'
import { findPause } from './pause.ts'
import { planRun } from './plan.ts'
import type { Room } from './queue/room.ts'

const at = Date.parse('2026-01-01T00:00:00Z')
const minutes = (count: number) => at + count * 60_000
const runOf = (...steps: PlanStep[]) =>
  makeRun({
    repository: 'https://git.example/r',
    steps,
    timeoutSeconds: 600,
    clone: { depth: 1, submodules: false },
  })
const work = (name: string, ...dependsOn: string[]): PlanStep => ({ name, image: 'i', commands: ['c'], dependsOn })

/** The run as it is after a pass, told what the queue says. */
function pass(run: PipelineRun, now: number, room?: Room) {
  const plan = planRun({ ...makeSnapshot(run, now), ...(room === undefined ? {} : { room }) })
  return { plan, run: { ...run, status: plan.status ?? {} } }
}

test('what was waited before the first pod ran adds nothing to the time of the run', () => {
  const asking = runOf({ name: 'ask', approval: {} }, work('build', 'ask'))
  const waiting = pass(asking, at).run
  const approved = { ...waiting, spec: { ...waiting.spec, approvals: { ask: 'Approved' as const } } }
  const started = pass(approved, minutes(300))
  expect(started.plan.creations.map(({ step }) => step)).toEqual(['build'])
  const job = started.plan.creations[0]?.job
  const metadata = { ...job?.metadata, uid: 'job', creationTimestamp: '2026-01-01T05:00:00Z' }
  const pod: Pod = {
    metadata: {
      name: 'p',
      uid: 'p',
      labels: job?.metadata.labels ?? {},
      ownerReferences: [
        { apiVersion: 'batch/v1', kind: 'Job', name: metadata.name ?? '', uid: 'job', controller: true },
      ],
    },
    status: {
      phase: 'Running',
      startTime: '2026-01-01T05:00:00Z',
      containerStatuses: [{ name: 'step', state: { running: { startedAt: '2026-01-01T05:00:00Z' } } }],
    },
  }
  const jobs = [{ ...job, metadata, spec: { template: { spec: { containers: [] } } } }]
  const running = planRun({ ...makeSnapshot(started.run, minutes(301)), jobs, pods: [pod] })
  expect(running.status).toMatchObject({ phase: 'Running', startTime: '2026-01-01T05:00:00Z' })
  expect(running.status?.pausedSeconds).toBeUndefined()
  expect(running.wakeAt).toBe(minutes(310))
})

test('a wait that is over counts once, whatever else still waits', () => {
  const startTime = '2026-01-01T00:00:00Z'
  const started = { ...runOf(work('a'), work('b')), status: { phase: 'Running', startTime } as const }
  const both = {
    granted: new Set<string>(),
    waiting: new Map([
      ['a', 'no room'],
      ['b', 'no room'],
    ]),
  }
  const one = { granted: new Set(['b']), waiting: new Map([['a', 'no room']]) }
  const waiting = pass(started, minutes(1), both).run
  const going = pass(waiting, minutes(11), one)
  expect(going.plan.creations.map(({ step }) => step)).toEqual(['b'])
  expect(going.run.status).toMatchObject({ reason: 'QuotaExceeded', pausedSeconds: 600 })
  // Its Job has been made, and no cache shows it yet.
  expect(pass(going.run, minutes(12), one).run.status).toMatchObject({ pausedSeconds: 600 })
})

test('a run whose call is refused for want of room loses no time by it', () => {
  const startTime = '2026-01-01T00:00:00Z'
  const calling = runOf({ name: 'deploy', pipeline: { configRef: 'deploy' } })
  const started = { ...calling, status: { phase: 'Running', startTime } as const }
  const refused = (run: PipelineRun, now: number, retryAt: number) =>
    planRun({
      ...makeSnapshot(run, now),
      refusals: [{ step: 'deploy', attempt: 1, kind: 'QuotaExceeded', message: 'there is no room', retryAt }],
    })
  const first = refused(started, minutes(1), minutes(2))
  expect(first.status).toMatchObject({ reason: 'QuotaExceeded', steps: [{ waitingSince: '2026-01-01T00:01:00Z' }] })
  const waiting = { ...started, status: first.status ?? {} }
  // Longer than the run may take, and asked for again.
  const again = refused(waiting, minutes(30), minutes(30))
  expect(again.calls.map(({ step }) => step)).toEqual(['deploy'])
  expect(again.status).toMatchObject({ phase: 'Running', steps: [{ waitingSince: '2026-01-01T00:01:00Z' }] })
  const called = pass({ ...started, status: again.status ?? {} }, minutes(31))
  expect(called.run.status).toMatchObject({ phase: 'Running', pausedSeconds: 1800 })
})

test('what ran while another step waited for room is no part of the wait that comes after it', () => {
  const startTime = '2026-01-01T00:00:00Z'
  const [reason, later] = ['QuotaExceeded', '2026-01-01T00:09:00Z']
  const attempts = [{ attempt: 1, reason: 'ExitCode', jobName: 'j' }]
  const steps: StepStatus[] = [
    { name: 'a', phase: 'Pending', reason, waitingSince: startTime },
    { name: 'b', phase: 'Running', reason, waitingSince: later, retryAt: later, attempt: 1, jobName: 'j', attempts },
  ]
  const status = { phase: 'Running' as const, reason, startTime, steps }
  const run = { ...runOf(work('a'), { ...work('b'), retries: { limit: 1 } }), status }
  expect(findPause(makeSnapshot(run, minutes(11)), steps)).toEqual({ lengthMs: 120_000, isOn: true })
})

test('that the clock of a run stops, or goes on, is told soon, whatever else has something to tell', () => {
  const status = { phase: 'Running' as const, reason: 'StepsRunning', startTime: '2026-01-01T00:00:00Z' }
  const started = { ...runOf(work('a'), work('b')), status }
  const room = { granted: new Set<string>(), waiting: new Map([['a', 'no room']]) }
  const rows = pass(started, minutes(1)).run
  const waiting = pass(rows, minutes(1), room)
  expect([waiting.run.status.reason, waiting.plan.urgency]).toEqual(['QuotaExceeded', 'counted'])
  const going = pass(waiting.run, minutes(1), { granted: new Set(['a', 'b']), waiting: new Map() })
  expect([going.run.status.reason, going.plan.urgency]).toEqual(['StepsRunning', 'counted'])
  expect(pass({ ...rows, status: {} }, minutes(1), room).plan.urgency).not.toBe('counted')
})
