import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { arbitraryMatrixPlan } from '../../../test/helpers/arbitrary-matrix.ts'
import { arbitraryPlan, arbitrarySchedule, arbitraryScript, makeRun } from '../../../test/helpers/arbitrary-run.ts'
import { SimulatedCluster } from '../../../test/helpers/simulated-cluster.ts'
import { play, watchLaws } from '../../../test/helpers/watch-laws.ts'
import { isFinal } from '../needs.ts'
import { planRun } from '../plan.ts'
import type { RunPlan } from '../run-plan.ts'
import type { Snapshot } from '../snapshot.ts'
import { isRunFinal } from '../status/run-status.ts'
import { isJobGoing } from '../step/work.ts'
import type { Room } from './room.ts'

const start = Date.parse('2026-01-01T00:00:00Z')

/** Room for so many steps at once, by minute since the start, again and again. */
type Rooms = readonly number[]

const minuteOf = (now: number) => Math.floor((now - start) / 60_000)

function findRoom(snapshot: Snapshot, { creations }: RunPlan, rooms: Rooms): Room | undefined {
  if (creations.length === 0) return undefined
  const minute = minuteOf(snapshot.now)
  const left = (rooms[minute % rooms.length] ?? 0) - snapshot.jobs.filter(isJobGoing).length
  const names = creations.map(({ step }) => step)
  const granted = new Set(names.slice(0, Math.max(0, left)))
  const waiting = new Map(names.filter((name) => !granted.has(name)).map((name) => [name, 'there is no room']))
  return waiting.size === 0 ? { granted, waiting } : { granted, waiting, place: { position: 1, of: 1, message: 'x' } }
}

/** As the controller's queue: what would start, were there room, is what is asked for; and it is asked again soon. */
function planWith(snapshot: Snapshot, rooms: Rooms): RunPlan {
  const open = planRun(snapshot)
  const room = findRoom(snapshot, open, rooms)
  if (room === undefined) return open
  const plan = planRun({ ...snapshot, room })
  const again = snapshot.now + 15_000
  return room.place === undefined ? plan : { ...plan, wakeAt: Math.min(plan.wakeAt ?? again, again) }
}

const story = fc.tuple(fc.oneof(arbitraryPlan, arbitraryMatrixPlan), arbitrarySchedule).chain(([plan, schedule]) =>
  fc.record({
    plan: fc.constant(plan),
    schedule: fc.constant(schedule),
    script: arbitraryScript(plan),
    rooms: fc.array(fc.nat(3), { minLength: 1, maxLength: 6 }).map((some) => [...some, 2]),
  }),
)

test('a run that waits for room again and again ends, keeps every law, and its clock stands still for no longer than it waited', () => {
  fc.assert(
    fc.property(story, ({ plan, script, schedule, rooms }) => {
      const laws = watchLaws()
      const planner = (snapshot: Snapshot) => planWith(snapshot, rooms)
      const cluster: SimulatedCluster = new SimulatedCluster({
        run: makeRun(plan),
        script,
        planner,
        witness: {
          ...laws,
          wrote(before, after) {
            laws.wrote?.(before, after)
            const { pausedSeconds = 0, startTime } = after
            const passed = startTime === undefined ? 0 : (cluster.now - Date.parse(startTime)) / 1000
            expect(pausedSeconds).toBeGreaterThanOrEqual(before?.pausedSeconds ?? 0)
            expect(pausedSeconds).toBeLessThanOrEqual(passed)
          },
          planned(snapshot, made) {
            const { status, wakeAt = Number.POSITIVE_INFINITY } = made
            const isBusy = made.creations.length + made.stops.length > 0
            const isSoon = wakeAt <= snapshot.now + 2000 || minuteOf(snapshot.now) !== minuteOf(snapshot.now + 2000)
            if (status === undefined || isRunFinal(status.phase) || isBusy || isSoon) return
            // Nothing but time passes: after what it has to say of this pass there is nothing more to tell.
            const pass = (before: typeof status, now: number) => {
              const later = { ...snapshot, run: { ...snapshot.run, status: before }, now }
              return planWith(later, rooms).status ?? {}
            }
            const next = pass(status, snapshot.now + 1000)
            if (!isRunFinal(next.phase)) expect(pass(next, snapshot.now + 2000)).toEqual(next)
          },
        },
      })
      play(cluster, schedule)
      expect(cluster.settle(2000), JSON.stringify(cluster.run.status, null, 1)).toBe(true)
      const { status } = cluster.run
      expect(isRunFinal(status?.phase), JSON.stringify(status, null, 1)).toBe(true)
      expect(status?.steps?.filter((row) => !isFinal(row))).toEqual([])
      expect(status?.queue).toBeUndefined()
    }),
    { numRuns: 40 },
  )
})
