import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { labels } from '../../../crds/labels.ts'
import type { PlanStep } from '../../../crds/parts/step.ts'
import type { Plan } from '../../../crds/pipeline-run.ts'
import type { ApprovalWord } from '../../../crds/step-approvals.ts'
import {
  arbitraryPlan,
  arbitrarySchedule,
  arbitraryScript,
  type Move,
  makeRun,
} from '../../../test/helpers/arbitrary-run.ts'
import type { CallScript, CallScripts } from '../../../test/helpers/simulated-cluster/called-runs.ts'
import { SimulatedCluster } from '../../../test/helpers/simulated-cluster.ts'
import { isFinal } from '../needs.ts'
import { planRun } from '../plan.ts'
import { isRunFinal } from '../status/run-status.ts'

/** What becomes of a step of a plan: it stays, waits for a person, or is another run. */
type Change =
  | { readonly kind: 'stay' }
  | { readonly kind: 'ask' | 'askAlone' }
  | { readonly kind: 'call'; readonly call: CallScript }

const call: fc.Arbitrary<CallScript> = fc.record(
  {
    ends: fc.constantFrom('Succeeded' as const, 'Failed' as const, 'Cancelled' as const),
    seconds: fc.nat(30),
    hangs: fc.boolean(),
    waits: fc.nat(100),
    refused: fc.constant('no'),
  },
  { requiredKeys: [] },
)
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Change>({ kind: 'stay' }) },
  { weight: 3, arbitrary: fc.constantFrom<Change>({ kind: 'ask' }, { kind: 'askAlone' }) },
  { weight: 2, arbitrary: call.map((script): Change => ({ kind: 'call', call: script })) },
)

function changeStep(step: PlanStep, { kind }: Change): PlanStep {
  const { image: _image, commands: _commands, ...bare } = step
  if (kind === 'ask') return { ...step, approval: { timeout: '1h' } }
  if (kind === 'askAlone') return { ...bare, approval: { timeout: '1h' } }
  return kind === 'call' ? { ...bare, pipeline: { configRef: 'other' } } : step
}

/** Words given at moments of the schedule, and moves of the called runs with every pass of time. */
function play(
  cluster: SimulatedCluster,
  schedule: readonly Move[],
  words: ReadonlyMap<number, readonly [string, ApprovalWord]>,
) {
  for (const [index, move] of schedule.entries()) {
    const word = words.get(index)
    if (word !== undefined) cluster.say(...word)
    if (move.kind === 'deliver') cluster.deliver(move.of)
    if (move.kind === 'reconcile') cluster.reconcile(move.writes)
    if (move.kind === 'jobs') cluster.moveJobs()
    if (move.kind === 'pods') cluster.movePods()
    if (move.kind === 'cancel') cluster.cancel()
    if (move.kind === 'pass') {
      cluster.pass(move.seconds)
      cluster.called.move(cluster.now)
    }
  }
}

const story = arbitraryPlan.chain((plan: Plan) =>
  fc.record({
    plan: fc.constant(plan),
    changes: fc.array(change, { minLength: plan.steps.length, maxLength: plan.steps.length }),
    schedule: arbitrarySchedule,
    script: arbitraryScript(plan),
    words: fc.array(
      fc.tuple(
        fc.nat(80),
        fc.tuple(
          fc.constantFrom(...plan.steps.map(({ name }) => name)),
          fc.constantFrom<ApprovalWord>('Approved', 'Rejected'),
        ),
      ),
    ),
  }),
)

test('a run whose steps wait for persons and call pipelines ends, and starts nothing that nobody let go on', () => {
  fc.assert(
    fc.property(story, ({ plan, changes, schedule, script, words }) => {
      const steps = plan.steps.map((step, index) => changeStep(step, changes[index] ?? { kind: 'stay' }))
      const asking = new Set(steps.filter(({ approval }) => approval !== undefined).map(({ name }) => name))
      const calls: CallScripts = Object.fromEntries(
        plan.steps.flatMap(({ name }, index) => {
          const made = changes[index]
          return made?.kind === 'call' ? [[name, made.call]] : []
        }),
      )
      const first = new Map(words.toReversed().map(([at, [step, word]]) => [step, [at, word] as const]))
      const given = new Map(
        [...first].filter(([step]) => asking.has(step)).map(([step, [at, word]]) => [at, [step, word] as const]),
      )
      let paused = 0
      const cluster: SimulatedCluster = new SimulatedCluster({
        run: makeRun({ ...plan, steps }),
        script,
        calls,
        witness: {
          created({ metadata }, { spec }) {
            const step = metadata.labels?.[labels.step] ?? ''
            if (asking.has(step)) expect(spec.approvals?.[step]).toBe('Approved')
          },
          wrote(_, { pausedSeconds = 0, startTime }) {
            expect(pausedSeconds).toBeGreaterThanOrEqual(paused)
            paused = pausedSeconds
            // No more than has passed since the clock started.
            const passed = startTime === undefined ? 0 : (cluster.now - Date.parse(startTime)) / 1000
            expect(pausedSeconds).toBeLessThanOrEqual(passed)
          },
          planned(snapshot, made) {
            expect(planRun({ ...snapshot, children: [...(snapshot.children ?? [])].reverse() })).toEqual(made)
          },
        },
      })
      play(cluster, schedule, given)
      expect(cluster.settle(), JSON.stringify(cluster.run.status, null, 1)).toBe(true)
      const { status } = cluster.run
      expect(isRunFinal(status?.phase), JSON.stringify(status, null, 1)).toBe(true)
      expect(status?.steps?.filter((row) => !isFinal(row))).toEqual([])
      expect(cluster.called.isGoing()).toBe(false)
      const left = planRun(cluster.snapshot())
      expect([left.creations, left.calls, left.stops, left.events]).toEqual([[], [], [], []])
    }),
    { numRuns: 100 },
  )
})
