import * as fc from 'fast-check'
import type { PipelineRun } from '../../crds/kinds.ts'
import { apiVersion } from '../../crds/labels.ts'
import type { Step } from '../../crds/parts/step.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import { listFinallySteps, listMainSteps } from '../../crds/planned-steps.ts'
import { arbitraryCondition } from './arbitrary-condition.ts'
import type { PodScript, Script } from './simulated-cluster/script.ts'

/** A run as admission leaves it. */
export function makeRun(plan: Plan, name = 'run'): PipelineRun {
  return {
    apiVersion,
    kind: 'PipelineRun',
    metadata: { name, namespace: 'team', uid: `uid-${name}`, generation: 1 },
    spec: { pipelineConfigRef: 'config', commit: 'c0ffee0', branch: 'main', plan },
  }
}

const retries = fc.option(
  fc.record(
    {
      limit: fc.nat(3),
      backoff: fc.constantFrom('0s', '3s', '1m'),
      maxBackoff: fc.constantFrom('0s', '5s'),
      exitCodes: fc.constantFrom<number[]>([1], [124, 137]),
    },
    { requiredKeys: ['limit'] },
  ),
  { nil: undefined },
)

function arbitrarySteps(prefix: string, count: number): fc.Arbitrary<Step[]> {
  const names = Array.from({ length: count }, (_, index) => `${prefix}${index}`)
  return fc.tuple(...names.map((name, index) => arbitraryStep(name, names.slice(0, index))))
}

function arbitraryStep(name: string, earlier: readonly string[]): fc.Arbitrary<Step> {
  // A step of finally may ask about every main step, and there is always a first.
  const readable = (needs: readonly string[]) => (name.startsWith('f') ? ['s0'] : needs)
  return fc
    .record({ dependsOn: fc.subarray([...earlier], { maxLength: Math.min(3, earlier.length) }), retries })
    .chain((some) =>
      fc.record({
        dependsOn: fc.constant(some.dependsOn),
        retries: fc.constant(some.retries),
        conditional: arbitraryCondition(readable(some.dependsOn)),
      }),
    )
    .map(({ dependsOn, conditional, retries }) => ({
      name,
      image: 'image',
      commands: ['true'],
      ...(dependsOn.length === 0 ? {} : { dependsOn }),
      ...(conditional === undefined ? {} : { conditional }),
      ...(retries === undefined ? {} : { retries }),
    }))
}

export const arbitraryPlan: fc.Arbitrary<Plan> = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 2 }), fc.constantFrom(60, 600, 100_000))
  .chain(([main, last, timeoutSeconds]) =>
    fc.tuple(arbitrarySteps('s', main), arbitrarySteps('f', last)).map(([steps, lastSteps]) => ({
      repository: 'https://git.example/r',
      steps,
      ...(lastSteps.length === 0 ? {} : { finally: lastSteps }),
      timeoutSeconds,
      clone: { depth: 1, submodules: false },
    })),
  )

const pod: fc.Arbitrary<PodScript> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ does: fc.constant('exit' as const), code: fc.constant(0), seconds: fc.nat(20) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('exit' as const),
      code: fc.constantFrom(1, 124, 137),
      seconds: fc.nat(20),
    }),
  },
  { weight: 2, arbitrary: fc.constantFrom<PodScript>({ does: 'evict' }, { does: 'shutdown' }, { does: 'mask-fail' }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<PodScript>(
      { does: 'hang' },
      { does: 'ship-fail' },
      { does: 'unschedulable', seconds: 300 },
      { does: 'clone-fail', reason: 'CommitNotFound', message: 'there is no such commit' },
      { does: 'pull-fail', message: 'registry.example/x:1: not found' },
    ),
  },
)

/** Steps that wait for ever end by the run's timeout; finally steps have none, so theirs end by themselves. */
export function arbitraryScript(plan: Plan): fc.Arbitrary<Script> {
  const pods = (isFinally: boolean) =>
    fc.array(isFinally ? pod.filter(({ does }) => does !== 'hang' && does !== 'unschedulable') : pod, {
      minLength: 1,
      maxLength: 4,
    })
  const main = listMainSteps(plan).map(({ name }) => [name, pods(false)] as const)
  const last = listFinallySteps(plan).map(({ name }) => [name, pods(true)] as const)
  return fc.record(Object.fromEntries([...main, ...last]))
}

/** One thing that happens; reconcile may die after so many writes. */
export type Move =
  | { readonly kind: 'deliver'; readonly of: 'run' | 'jobs' | 'pods' }
  | { readonly kind: 'reconcile'; readonly writes?: number }
  | { readonly kind: 'jobs' | 'pods' | 'cancel' }
  | { readonly kind: 'pass'; readonly seconds: number }
  | { readonly kind: 'deleteJob'; readonly step: string }

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('deliver' as const),
      of: fc.constantFrom('run' as const, 'jobs' as const, 'pods' as const),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ kind: 'reconcile' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reconcile' as const), writes: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.constantFrom({ kind: 'jobs' as const }, { kind: 'pods' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const), seconds: fc.nat(30) }) },
)

const rare: fc.Arbitrary<Move> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: 'cancel' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('deleteJob' as const), step: fc.constantFrom('s0', 's1', 's2') }),
  },
)

export const arbitrarySchedule: fc.Arbitrary<Move[]> = fc.array(
  fc.oneof({ weight: 40, arbitrary: move }, { weight: 1, arbitrary: rare }),
  {
    maxLength: 80,
  },
)

export interface Story {
  readonly plan: Plan
  readonly schedule: readonly Move[]
  readonly script: Script
}

/** A run of such a plan, what its pods do, and what happens to it. */
export function arbitraryStory(plans: fc.Arbitrary<Plan>): fc.Arbitrary<Story> {
  return fc
    .tuple(plans, arbitrarySchedule)
    .chain(([plan, schedule]) =>
      fc.record({ plan: fc.constant(plan), schedule: fc.constant(schedule), script: arbitraryScript(plan) }),
    )
}
