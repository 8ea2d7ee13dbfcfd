import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { controllerUser } from '../../crds/labels.ts'
import type { Conditional } from '../../crds/parts/conditional.ts'
import type { RunEvent } from '../../crds/parts/event.ts'
import type { PipelineRunSpec, Plan, StepStatus } from '../../crds/pipeline-run.ts'
import { listPlannedSteps } from '../../crds/planned-steps.ts'
import { renderJob } from '../../src/engine/job/job.ts'
import { planRun } from '../../src/engine/plan.ts'
import type { Job } from '../../src/lib/kubernetes.ts'
import {
  arbitraryPlan,
  arbitrarySchedule,
  arbitraryScript,
  type Move,
  makeRun,
} from '../../test/helpers/arbitrary-run.ts'
import { makeSnapshot } from '../../test/helpers/engine-state.ts'
import { SimulatedCluster } from '../../test/helpers/simulated-cluster.ts'
import { createFacts } from '../facts.ts'
import type { AdmissionRequest } from '../request.ts'
import { validateStepJob } from './step-job.ts'

/** What the webhook says of a Job that the controller makes, by the run as it is stored. */
function judge(job: Job, run: PipelineRun): readonly string[] {
  const request: AdmissionRequest = {
    uid: 'u',
    resource: 'jobs.batch',
    subresource: undefined,
    operation: 'CREATE',
    namespace: 'team',
    name: job.metadata.name ?? '',
    user: { username: controllerUser },
    dryRun: false,
    object: job,
    oldObject: undefined,
  }
  const facts = createFacts(0, { image: 'c8s', strictReferences: false })
  const runs = new Map([[run.metadata.name ?? '', run]])
  return validateStepJob(request, { ...facts, runs }).map(({ message }) => message)
}

const event = (more: Partial<RunEvent>): RunEvent => ({
  type: 'push',
  pipeline: 'ci',
  receivedAt: '2026-01-01T00:00:00Z',
  ...more,
})
const identity: fc.Arbitrary<Partial<PipelineRunSpec>> = fc.constantFrom<Partial<PipelineRunSpec>[]>(
  {},
  { branch: 'release/1', event: event({ changedFiles: ['src/a.ts'] }) },
  { event: event({ changedFiles: ['docs/a.md', 'README.md'] }) },
  { tag: 'v1', event: event({ type: 'tag' }) },
)

function withSpec(run: PipelineRun, spec: Partial<PipelineRunSpec>): PipelineRun {
  return { ...run, spec: { ...run.spec, ...spec } }
}

function play(cluster: SimulatedCluster, schedule: readonly Move[]): void {
  for (const move of schedule) {
    if (move.kind === 'deliver') cluster.deliver(move.of)
    if (move.kind === 'reconcile') cluster.reconcile(move.writes)
    if (move.kind === 'jobs') cluster.moveJobs()
    if (move.kind === 'pods') cluster.movePods()
    if (move.kind === 'pass') cluster.pass(move.seconds)
    if (move.kind === 'cancel') cluster.cancel()
    if (move.kind === 'deleteJob') cluster.deleteJob(move.step)
  }
}

const isNoCancel = (message: string) => !message.endsWith('was cancelled')

test('a Job that the engine creates is never refused, whatever the conditions and however the steps end', () => {
  const story = fc
    .tuple(arbitraryPlan, arbitrarySchedule, identity)
    .chain(([plan, schedule, spec]) => fc.tuple(fc.constant({ plan, schedule, spec }), arbitraryScript(plan)))
  fc.assert(
    fc.property(story, ([{ plan, schedule, spec }, script]) => {
      const cluster = new SimulatedCluster({
        run: withSpec(makeRun(plan), spec),
        script,
        // That the run has been cancelled since the controller looked is nothing that it could know.
        witness: { created: (job, run) => expect(judge(job, run).filter(isNoCancel)).toEqual([]) },
      })
      play(cluster, schedule)
      cluster.settle()
      expect(['Succeeded', 'Failed', 'Cancelled']).toContain(cluster.run.status?.phase)
    }),
    { numRuns: 150 },
  )
})

/** A plan whose steps have each ended in some way, or not at all. */
const arbitraryRows = (plan: Plan): fc.Arbitrary<StepStatus[]> =>
  fc.tuple(
    ...listPlannedSteps(plan).map(({ name }) =>
      fc.constantFrom<StepStatus[]>(
        { name, phase: 'Pending' },
        { name, phase: 'Succeeded', reason: 'Completed', exitCode: 0 },
        { name, phase: 'Failed', reason: 'ExitCode', exitCode: 3 },
        { name, phase: 'Failed', reason: 'ImagePull' },
        { name, phase: 'Cancelled', reason: 'RunCancelled' },
        { name, phase: 'Skipped', reason: 'ConditionNotMet', skippedBy: 'when' },
        { name, phase: 'Skipped', reason: 'NeedsNotMet' },
      ),
    ),
  )

test('of steps that have no Job yet the webhook lets through exactly those that the engine starts', () => {
  const story = fc
    .tuple(arbitraryPlan, identity)
    .chain(([plan, spec]) => fc.tuple(fc.constant(plan), fc.constant(spec), arbitraryRows(plan)))
  fc.assert(
    fc.property(story, ([plan, spec, rows]) => {
      const run: PipelineRun = { ...withSpec(makeRun(plan), spec), status: { phase: 'Running', steps: rows } }
      const planned = planRun(makeSnapshot(run, 0))
      // What the engine writes before it creates is what the webhook sees.
      const stored: PipelineRun = planned.status === undefined ? run : { ...run, status: planned.status }
      const open = listPlannedSteps(plan).filter(({ name }) =>
        stored.status?.steps?.some((row) => row.name === name && row.phase === 'Pending'),
      )
      const allowed = open.filter((step) => {
        const job = renderJob({ run, step, attempt: 1, ttlSeconds: 60 })
        return judge(job, stored).length === 0
      })
      expect(allowed.map(({ name }) => name)).toEqual(planned.creations.map(({ step }) => step))
    }),
    { numRuns: 400 },
  )
})

describe('a Job whose condition does not hold', () => {
  const create = (conditional: Conditional, rows: StepStatus[] = []) => {
    const steps = [
      { name: 'unit', image: 'i', commands: ['c'] },
      { name: 'deploy', image: 'i', commands: ['c'], dependsOn: ['unit'], conditional },
    ]
    const made = makeRun({ repository: 'r', steps, timeoutSeconds: 60, clone: { depth: 1, submodules: false } })
    const run: PipelineRun = { ...made, status: { phase: 'Running', steps: rows } }
    const [, step] = steps
    if (step === undefined) throw new Error('there are two')
    return judge(renderJob({ run, step, attempt: 1, ttlSeconds: 60 }), run)
  }
  const failed: StepStatus = { name: 'unit', phase: 'Failed', reason: 'ExitCode', exitCode: 3 }
  const done: StepStatus = { name: 'unit', phase: 'Succeeded', exitCode: 0 }

  it.each<readonly [string, Conditional, StepStatus[], string[]]>([
    [
      'tag',
      { tag: 'v*' },
      [done],
      ['the condition of step "deploy" does not hold: tag: runs only for tags that match v*, and the run is of no tag'],
    ],
    [
      'outcome',
      { outcome: 'Failure' },
      [done],
      [
        'the condition of step "deploy" does not hold: outcome: runs only where a step that it depends on failed, and none did',
      ],
    ],
    ['outcome too early', { outcome: 'Failure' }, [], ['step "deploy" has to wait: unit must come first']],
    ['outcome in time', { outcome: 'Failure' }, [failed], []],
    [
      'when',
      { when: 'steps.unit.exitCode == 4', outcome: 'Always' },
      [failed],
      ['the condition of step "deploy" does not hold: when: "steps.unit.exitCode == 4" is not true'],
    ],
    ['when in time', { when: 'steps.unit.exitCode == 3', outcome: 'Always' }, [failed], []],
  ])('%s', (...[, conditional, rows, want]) => {
    expect(create(conditional, rows)).toEqual(want)
  })
})
