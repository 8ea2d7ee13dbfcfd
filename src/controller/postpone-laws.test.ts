import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { arbitraryMatrixPlan } from '../../test/helpers/arbitrary-matrix.ts'
import { arbitraryStory, makeRun } from '../../test/helpers/arbitrary-run.ts'
import { SimulatedCluster } from '../../test/helpers/simulated-cluster.ts'
import { play, watchLaws } from '../../test/helpers/watch-laws.ts'
import { isFinal } from '../engine/needs.ts'
import { planRun } from '../engine/plan.ts'
import type { Snapshot } from '../engine/snapshot.ts'
import { isRunFinal } from '../engine/status/run-status.ts'
import { ProgressTurns, postponeStatus, type StatusDues } from './postpone-status.ts'

/** Plans as a controller with a crowd of runs: what may wait waits for as long as it may. */
function planBusily() {
  const turns = new ProgressTurns()
  const dues: StatusDues = new Map()
  return (snapshot: Snapshot) => {
    for (let i = 0; i < 60; i += 1) turns.reserve(snapshot.now, i % 2 === 0 ? 'soon' : 'late')
    const plan = postponeStatus(planRun(snapshot), snapshot, { dues, turns })
    if (plan.status !== undefined) dues.clear()
    return plan
  }
}

const story = arbitraryStory(arbitraryMatrixPlan)

test('a run whose status is held back ends, and starts nothing before the status says what admission asks for', () => {
  fc.assert(
    fc.property(story, ({ plan, script, schedule }) => {
      const cluster = new SimulatedCluster({
        run: makeRun(plan),
        script,
        planner: planBusily(),
        // Judges what is created by the status as it is stored.
        witness: watchLaws(),
      })
      play(cluster, schedule)
      expect(cluster.settle(2000), JSON.stringify(cluster.run.status, null, 1)).toBe(true)
      const { status } = cluster.run
      expect(isRunFinal(status?.phase), JSON.stringify(status, null, 1)).toBe(true)
      expect(status?.steps?.filter((row) => !isFinal(row))).toEqual([])
    }),
    { numRuns: 60 },
  )
}, 60_000)
