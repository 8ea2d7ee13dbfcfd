import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { labels, podNames } from '../../crds/labels.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import { findPlannedStep, listPlannedSteps } from '../../crds/planned-steps.ts'
import { arbitraryMatrixPlan } from '../../test/helpers/arbitrary-matrix.ts'
import { arbitraryStory, makeRun } from '../../test/helpers/arbitrary-run.ts'
import { SimulatedCluster } from '../../test/helpers/simulated-cluster.ts'
import { play, watchLaws } from '../../test/helpers/watch-laws.ts'
import { isFinal } from './needs.ts'
import { planRun } from './plan.ts'
import { isRunFinal } from './status/run-status.ts'

const story = arbitraryStory(arbitraryMatrixPlan)

/** Legs of each step whose container runs now, where their number is limited. */
function findCrowded(plan: Plan, cluster: SimulatedCluster): readonly string[] {
  const running = [...cluster.pods.values()].filter(({ status }) =>
    status?.containerStatuses?.some(
      ({ name, state }) => name === podNames.stepContainer && state?.running !== undefined,
    ),
  )
  const legs = running.flatMap(
    ({ metadata }) => findPlannedStep(plan, metadata.labels?.[labels.step] ?? '')?.step ?? [],
  )
  return [...Map.groupBy(legs, ({ of, name }) => of ?? name)].flatMap(([name, group]) => {
    const most = group[0]?.of === undefined ? undefined : group[0].matrix?.maxParallel
    return most !== undefined && group.length > most ? [`${name}: ${group.length} of ${most}`] : []
  })
}

test('a run with matrices ends, keeps every law, and never runs more legs of a step than it may', () => {
  fc.assert(
    fc.property(story, ({ plan, script, schedule }) => {
      const laws = watchLaws()
      const cluster: SimulatedCluster = new SimulatedCluster({
        run: makeRun(plan),
        script,
        witness: { ...laws, planned: () => expect(findCrowded(plan, cluster)).toEqual([]) },
      })
      play(cluster, schedule)
      expect(cluster.settle(2000), JSON.stringify(cluster.run.status, null, 1)).toBe(true)
      const { status } = cluster.run
      expect(isRunFinal(status?.phase), JSON.stringify(status, null, 1)).toBe(true)
      const rows = status?.steps ?? []
      expect(rows.map(({ name }) => name)).toEqual(listPlannedSteps(plan).map(({ name }) => name))
      expect(rows.filter((row) => !isFinal(row))).toEqual([])
      for (const { legs, succeeded = 0, failed = 0, skipped = 0, running = 0 } of status?.matrix ?? []) {
        expect([succeeded + failed + skipped, running]).toEqual([legs, 0])
      }
      const left = planRun(cluster.snapshot())
      expect([left.creations, left.stops, left.events]).toEqual([[], [], []])
    }),
    { numRuns: 80 },
  )
}, 60_000)

test('legs stop for another one only where the matrix is failFast, and only behind one that failed', () => {
  fc.assert(
    fc.property(story, ({ plan, script, schedule }) => {
      const cluster = new SimulatedCluster({ run: makeRun(plan), script })
      play(cluster, schedule)
      cluster.settle(2000)
      const rows = cluster.run.status?.steps ?? []
      for (const row of rows.filter(({ reason }) => reason === 'MatrixFailedFast')) {
        const step = findPlannedStep(plan, row.name)?.step
        expect(step?.matrix?.failFast).toBe(true)
        const siblings = rows.filter(({ name }) => findPlannedStep(plan, name)?.step.of === step?.of)
        expect(siblings.map(({ phase }) => phase)).toContain('Failed')
        expect(['Skipped', 'Cancelled']).toContain(row.phase)
        expect(cluster.run.status?.phase).not.toBe('Succeeded')
      }
    }),
    { numRuns: 80 },
  )
}, 60_000)
