import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { labels } from '../../crds/labels.ts'
import type { RunPhase } from '../../crds/pipeline-run.ts'
import { listPlannedSteps } from '../../crds/planned-steps.ts'
import { arbitraryPlan, arbitraryStory, type Move, makeRun } from '../../test/helpers/arbitrary-run.ts'
import { type PodScript, predictStep } from '../../test/helpers/simulated-cluster/script.ts'
import { SimulatedCluster } from '../../test/helpers/simulated-cluster.ts'
import { play, watchLaws } from '../../test/helpers/watch-laws.ts'
import { isFinal } from './needs.ts'
import { planRun } from './plan.ts'
import { defaultSettings } from './snapshot.ts'
import { isRunFinal } from './status/run-status.ts'

const runs = 200
const story = arbitraryStory(arbitraryPlan)
const calm = (schedule: readonly Move[]) => schedule.filter(({ kind }) => kind !== 'cancel' && kind !== 'deleteJob')

test('a run ends, keeps every law on the way, and then has nothing left to do', () => {
  fc.assert(
    fc.property(story, ({ plan, script, schedule }) => {
      const cluster = new SimulatedCluster({ run: makeRun(plan), script, witness: watchLaws() })
      play(cluster, schedule)
      expect(cluster.settle(), JSON.stringify(cluster.run.status, null, 1)).toBe(true)
      expect(isRunFinal(cluster.run.status?.phase), JSON.stringify(cluster.run.status, null, 1)).toBe(true)
      expect(cluster.run.status?.steps?.filter((row) => !isFinal(row))).toEqual([])
      const left = planRun(cluster.snapshot())
      expect([left.creations, left.stops, left.events]).toEqual([[], [], []])
    }),
    { numRuns: runs },
  )
})

test('without a cancel the steps decide: each ends as its pods do, skipped only behind a failure or a condition', () => {
  fc.assert(
    fc.property(story, ({ plan, script, schedule }) => {
      const long = { ...plan, timeoutSeconds: 1_000_000 }
      const endless = (pod: PodScript) => pod.does === 'hang' || pod.does === 'unschedulable'
      const finite = Object.fromEntries(
        Object.entries(script).map(([step, pods]) => [
          step,
          pods.map((pod) => (endless(pod) ? ({ does: 'exit', code: 3 } as const) : pod)),
        ]),
      )
      const cluster = new SimulatedCluster({ run: makeRun(long), script: finite })
      play(
        cluster,
        calm(schedule).filter(({ kind }) => kind !== 'pass'),
      )
      cluster.settle()
      const rows = cluster.run.status?.steps ?? []
      for (const row of rows.filter(({ phase }) => phase !== 'Skipped')) {
        const step = listPlannedSteps(long).find(({ name }) => name === row.name)
        expect(row.phase, row.name).toBe(step && predictStep(finite, step, defaultSettings.maxInterruptions))
      }
      const want: RunPhase = rows.some(({ phase }) => phase === 'Failed') ? 'Failed' : 'Succeeded'
      expect(cluster.run.status?.phase).toBe(want)
    }),
    { numRuns: runs },
  )
})

const untrusted = { reason: 'ForkPullRequest', message: 'a fork' } as const
const secrets = [{ secretRef: 's', key: 'k' }]

test('a run that waits for approval starts nothing before it, and then keeps every law', () => {
  fc.assert(
    fc.property(story, fc.nat(), fc.nat(), ({ plan, script, schedule }, at, which) => {
      const isIt = (index: number) => index === which % plan.steps.length
      const steps = plan.steps.map((step, index) => (isIt(index) ? { ...step, secrets, conditional: {} } : step))
      const made = makeRun({ ...plan, steps, untrusted })
      const run = { ...made, spec: { ...made.spec, commit: 'a'.repeat(40) } }
      const cluster = new SimulatedCluster({ run, script, witness: watchLaws() })
      const approvedAt = at % (schedule.length + 1)
      const before = schedule.slice(0, approvedAt)
      play(cluster, before)
      expect(cluster.jobs.size).toBe(0)
      const isCancelled = before.some(({ kind }) => kind === 'cancel')
      if (at % 3 === 0) {
        expect(cluster.settle()).toBe(true)
        expect(cluster.jobs.size).toBe(0)
        expect(cluster.run.status?.reason).toBe(isCancelled ? 'Cancelled' : 'ApprovalRequired')
      }
      cluster.approve()
      play(cluster, schedule.slice(approvedAt))
      expect(cluster.settle()).toBe(true)
      expect(isRunFinal(cluster.run.status?.phase), JSON.stringify(cluster.run.status, null, 1)).toBe(true)
      expect(cluster.run.status?.steps?.filter((row) => !isFinal(row))).toEqual([])
    }),
    { numRuns: runs },
  )
})

test('two pods of a step never run at once', () => {
  fc.assert(
    fc.property(story, ({ plan, script, schedule }) => {
      const cluster: SimulatedCluster = new SimulatedCluster({
        run: makeRun(plan),
        script,
        witness: {
          planned() {
            const running = [...cluster.pods.values()].filter(({ status }) => status?.phase === 'Running')
            const steps = running.map(({ metadata }) => metadata.labels?.[labels.step])
            expect(new Set(steps).size).toBe(steps.length)
          },
        },
      })
      play(cluster, schedule)
      cluster.settle()
    }),
    { numRuns: 100 },
  )
})

test('the order of what was observed means nothing', () => {
  fc.assert(
    fc.property(story, ({ plan, script, schedule }) => {
      const cluster = new SimulatedCluster({
        run: makeRun(plan),
        script,
        witness: {
          planned(snapshot, plan) {
            const shuffled = { ...snapshot, jobs: [...snapshot.jobs].reverse(), pods: [...snapshot.pods].reverse() }
            expect(planRun(shuffled)).toEqual(plan)
          },
        },
      })
      play(cluster, schedule)
      cluster.settle()
    }),
    { numRuns: 60 },
  )
})
