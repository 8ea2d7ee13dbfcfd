import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Plan } from '../../../crds/pipeline-run.ts'
import { listPlannedSteps } from '../../../crds/planned-steps.ts'
import { arbitraryMatrixPlan } from '../../../test/helpers/arbitrary-matrix.ts'
import { arbitraryScript, makeRun } from '../../../test/helpers/arbitrary-run.ts'
import type { Script } from '../../../test/helpers/simulated-cluster/script.ts'
import { SimulatedCluster } from '../../../test/helpers/simulated-cluster.ts'
import { watchLaws } from '../../../test/helpers/watch-laws.ts'
import { listReused } from './take-over.ts'

/** How each step ends in a run of the plan, and which have a Job. */
function play(plan: Plan, script: Script) {
  const cluster = new SimulatedCluster({ run: makeRun(plan), script, witness: watchLaws() })
  expect(cluster.settle(2000)).toBe(true)
  const { run } = cluster
  const rows = run.status?.steps ?? []
  return { run, phases: Object.fromEntries(rows.map(({ name, phase }) => [name, phase])), rows }
}

const story = arbitraryMatrixPlan.chain((plan) =>
  fc.record({ plan: fc.constant({ ...plan, timeoutSeconds: 1_000_000 }), script: arbitraryScript(plan) }),
)

test('a run that takes over what succeeded ends as one that does everything would, where all goes well then', () => {
  fc.assert(
    fc.property(story, ({ plan, script }) => {
      const endless = new Set(['hang', 'unschedulable'])
      const finite = Object.fromEntries(
        Object.entries(script).map(([step, pods]) => [
          step,
          pods.map((pod) => (endless.has(pod.does) ? ({ does: 'exit', code: 1 } as const) : pod)),
        ]),
      )
      const first = play(plan, finite)
      if (first.run.status?.phase === 'Succeeded') return
      const reused = [...listReused(first.run)]
      const well = Object.fromEntries(
        listPlannedSteps(plan).map(({ name }) => [name, [{ does: 'exit' as const, code: 0, seconds: 1 }]]),
      )
      const whole = play(plan, well)
      const taken = play({ ...plan, reused }, well)
      expect(taken.phases).toEqual(whole.phases)
      expect(taken.run.status?.phase).toBe(whole.run.status?.phase)
    }),
    { numRuns: 40 },
  )
}, 60_000)
