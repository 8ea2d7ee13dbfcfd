import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findNextTime } from '../../../crds/rules/schedule.ts'
import { findReached, planSchedules, type Schedule, toScheduleKey } from './due.ts'

const at = (text: string) => Date.parse(text)
const show = (moment: number | undefined) =>
  moment === undefined ? undefined : new Date(moment).toISOString().replace(':00.000Z', '')
const none: ReadonlyMap<string, number> = new Map()

/** The moments that are due, in the order of the list. */
const due = (schedules: readonly Schedule[], [until = '', now = '']: readonly string[], added = none) =>
  planSchedules(schedules, { until: at(until), added }, at(now)).due.map(({ moment }) => show(moment))

describe('planSchedules', () => {
  it.each([
    ['nothing yet', '*/15 * * * *', '2026-11-21T10:01:00Z', '2026-11-21T10:14:59Z', []],
    ['the moment itself', '*/15 * * * *', '2026-11-21T10:01:00Z', '2026-11-21T10:15:00Z', ['2026-11-21T10:15']],
    ['not again', '*/15 * * * *', '2026-11-21T10:15:00Z', '2026-11-21T10:16:00Z', []],
    ['the newest of several', '*/15 * * * *', '2026-11-21T09:50:00Z', '2026-11-21T10:31:00Z', ['2026-11-21T10:30']],
    ['one missed within the hour', '0 4 * * *', '2026-11-20T04:00:00Z', '2026-11-21T04:59:59Z', ['2026-11-21T04:00']],
    ['none missed for longer', '0 4 * * *', '2026-11-20T04:00:00Z', '2026-11-21T05:00:00Z', []],
    ['none while the clock is back', '* * * * *', '2026-11-21T10:15:00Z', '2026-11-21T09:15:00Z', []],
    ['leap day', '0 0 29 2 *', '2027-03-01T00:00:00Z', '2028-02-29T00:10:00Z', ['2028-02-29T00:00']],
    ['none for what never comes', '0 0 30 2 *', '2026-01-01T00:00:00Z', '2026-11-21T00:00:00Z', []],
    ['none for what is no schedule', 'nonsense', '2026-01-01T00:00:00Z', '2026-11-21T00:00:00Z', []],
  ])('%s', (...[, cron, until, now, want]) => {
    expect(due([{ cron }], [until, now])).toEqual(want)
  })

  it.each([
    // Europe/Berlin: 02:00 to 03:00 is left out on 29 March 2026, and comes twice on 25 October 2026.
    ['before the clocks go forward', '30 2 * * *', '2026-03-28T02:00:00Z', '2026-03-29T00:59:59Z', []],
    ['when they have', '30 2 * * *', '2026-03-28T02:00:00Z', '2026-03-29T01:00:00Z', ['2026-03-29T01:00']],
    ['and not again', '30 2 * * *', '2026-03-29T01:00:00Z', '2026-03-29T01:59:00Z', []],
    ['the day after', '30 2 * * *', '2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z', ['2026-03-30T00:30']],
    ['in each hour of the longer day', '@hourly', '2026-10-25T00:00:00Z', '2026-10-25T01:00:00Z', ['2026-10-25T01:00']],
    ['noon of the shorter day', '0 12 * * *', '2026-03-28T11:00:00Z', '2026-03-29T10:00:00Z', ['2026-03-29T10:00']],
  ])('in a zone with summer time: %s', (...[, cron, until, now, want]) => {
    expect(due([{ cron, timeZone: 'Europe/Berlin' }], [until, now])).toEqual(want)
  })

  it('runs a time that comes twice at one of them', () => {
    const schedule = { cron: '30 2 25 10 *', timeZone: 'Europe/Berlin' }
    const moments: (string | undefined)[] = []
    let until = at('2026-10-24T12:00:00Z')
    for (let now = until; now < at('2026-10-26T00:00:00Z'); now += 600_000) {
      const [found] = planSchedules([schedule], { until, added: none }, now).due
      if (found === undefined) continue
      moments.push(show(found.moment))
      until = found.moment
    }
    expect(moments).toHaveLength(1)
  })

  it('takes each schedule by itself, and the same one written twice as one', () => {
    const schedules = [{ cron: '0 * * * *' }, { cron: '30 * * * *' }, { cron: ' 0 * * * *', timeZone: 'UTC' }]
    expect(due(schedules, ['2026-11-21T09:59:00Z', '2026-11-21T10:31:00Z'])).toEqual([
      '2026-11-21T10:00',
      '2026-11-21T10:30',
    ])
  })

  it('starts nothing for moments before a schedule came into the config', () => {
    const added = new Map([[toScheduleKey({ cron: '0 * * * *' }), at('2026-11-21T10:20:00Z')]])
    const schedules = [{ cron: '0 * * * *' }, { cron: '5 * * * *' }]
    const until = '2026-11-21T09:10:00Z'
    expect(due(schedules, [until, '2026-11-21T10:20:00Z'], added)).toEqual(['2026-11-21T10:05'])
    expect(due([{ cron: '0 * * * *' }], [until, '2026-11-21T11:00:00Z'], added)).toEqual(['2026-11-21T11:00'])
  })

  it('says when the next moment of any comes', () => {
    const now = at('2026-11-21T10:10:00Z')
    const served = { until: now, added: none }
    expect(show(planSchedules([{ cron: '0 * * * *' }, { cron: '30 * * * *' }], served, now).next)).toBe(
      '2026-11-21T10:30',
    )
    expect(planSchedules([{ cron: '0 0 30 2 *' }], served, now)).toEqual({ due: [] })
    expect(planSchedules([], served, now)).toEqual({ due: [] })
  })

  it('does not wait for a clock that was years ahead', () => {
    const served = { until: at('2030-01-01T00:00:00Z'), added: none }
    const now = at('2026-11-21T10:10:00Z')
    expect(show(planSchedules([{ cron: '30 * * * *' }], served, now).next)).toBe('2026-11-21T10:30')
    expect(findReached(served, [], now)).toBe(now)
    // An hour back is what clocks do: it stays served.
    expect(findReached({ until: now + 3_600_000, added: none }, [], now)).toBe(now + 3_600_000)
  })
})

const schedules: readonly Schedule[] = [
  { cron: '*/7 * * * *' },
  { cron: '30 2 * * *', timeZone: 'Europe/Berlin' },
  { cron: '@hourly', timeZone: 'Australia/Lord_Howe' },
  { cron: '0 0 * * sun', branch: 'main' },
]
/** Around both changes of summer time in Berlin, and a leap day. */
const starts = ['2026-03-28T20:00:00Z', '2026-10-24T20:00:00Z', '2028-02-28T20:00:00Z'].map(at)

/** Looks at the moments that the plan names, as the part does; a gap is a time in which no process ran. */
const anyLife = fc.record({
  start: fc.constantFrom(...starts),
  schedule: fc.constantFrom(...schedules),
  spans: fc.array(fc.record({ runs: fc.integer({ min: 1, max: 300 }), gap: fc.integer({ min: 0, max: 200 }) }), {
    minLength: 1,
    maxLength: 4,
  }),
})

function listMoments(schedule: Schedule, after: number, until: number): number[] {
  const moments: number[] = []
  let moment = findNextTime(schedule, after)
  while (moment !== undefined && moment <= until) {
    moments.push(moment)
    moment = findNextTime(schedule, moment)
  }
  return moments
}

describe('a life with restarts', () => {
  it('serves each moment at most once, and none is missed while a process runs', () => {
    fc.assert(
      fc.property(anyLife, ({ start, schedule, spans }) => {
        const served: number[] = []
        const wanted = new Set<number>()
        let until = start
        let begin = start
        for (const { runs, gap } of spans) {
          const end = begin + runs * 60_000
          // The wake at the end itself comes too late for this process.
          for (const moment of listMoments(schedule, begin, end - 1000)) wanted.add(moment)
          let now = begin
          while (now <= end) {
            const plan = planSchedules([schedule], { until, added: none }, now)
            served.push(...plan.due.map(({ moment }) => moment))
            until = findReached({ until, added: none }, plan.due, now)
            // A sleep of five minutes at most, and a wake that comes a little late.
            now = Math.min(plan.next ?? Number.POSITIVE_INFINITY, now + 300_000) + 20
          }
          begin = end + gap * 60_000
        }
        expect(new Set(served).size).toBe(served.length)
        expect(served).toEqual([...served].sort((a, b) => a - b))
        expect(served).toEqual(expect.arrayContaining([...wanted]))
      }),
      { numRuns: 25 },
    )
  })
})
