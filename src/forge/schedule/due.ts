import type { Triggers } from '../../../crds/parts/triggers.ts'
import { findNextTime } from '../../../crds/rules/schedule.ts'
import type { Instant } from '../../lib/clock.ts'

export type Schedule = NonNullable<Triggers['schedules']>[number]

export interface DueMoment {
  readonly schedule: Schedule
  /** Which schedule it is, whatever its place in the list. */
  readonly key: string
  readonly moment: Instant
}

/** Up to when schedules have been served. */
export interface Served {
  /** status.lastScheduled, or when the config was created. */
  readonly until: Instant
  /** By key: when a schedule came into the config. Moments before that are none of it. */
  readonly added: ReadonlyMap<string, Instant>
}

export interface SchedulePlan {
  /** At most one for each schedule. */
  readonly due: readonly DueMoment[]
  /** The next moment of any schedule; undefined where none comes. */
  readonly next?: Instant
}

const hourMs = 3_600_000
/** What was missed for longer is not made up for: a nightly run at noon helps nobody. */
const longestLateMs = hourMs
/** Further ahead it was a clock that was wrong: schedules do not wait until it is right. */
const longestAheadMs = 24 * hourMs

/**
 * Which schedules are due. Of several moments that passed since a schedule was served only the newest is, and only within
 * an hour. Where the clock went back, moments that were served stay served.
 */
export function planSchedules(schedules: readonly Schedule[], served: Served, now: Instant): SchedulePlan {
  const until = toSensible(served.until, now)
  const unique = new Map(schedules.map((schedule) => [toScheduleKey(schedule), schedule]))
  const due = [...unique].flatMap(([key, schedule]): DueMoment[] => {
    const after = Math.max(until, served.added.get(key) ?? until, now - longestLateMs)
    const moment = findNewest(schedule, after, now)
    return moment === undefined ? [] : [{ schedule, key, moment }]
  })
  const coming = [...unique.values()].map((schedule) => findNextTime(schedule, Math.max(now, until)))
  const next = coming.filter((moment) => moment !== undefined).reduce(toEarlier, Number.POSITIVE_INFINITY)
  return { due, ...(Number.isFinite(next) ? { next } : {}) }
}

/**
 * Up to when schedules are served once all that is due has been. A schedule that came into the config counts as served up to
 * then, so that also the next process starts nothing for moments before it.
 */
export function findReached({ until, added }: Served, due: readonly DueMoment[], now: Instant): Instant {
  return Math.max(toSensible(until, now), ...due.map(({ moment }) => moment), ...added.values())
}

function toSensible(until: Instant, now: Instant): Instant {
  return until > now + longestAheadMs ? now : until
}

export function toScheduleKey({ cron, timeZone = 'UTC', branch = '' }: Schedule): string {
  return JSON.stringify([cron.trim(), timeZone, branch])
}

/** The last moment after `after`, up to `now`; at most sixty are looked at. */
function findNewest(schedule: Schedule, after: Instant, now: Instant): Instant | undefined {
  let newest: Instant | undefined
  let moment = findNextTime(schedule, after)
  while (moment !== undefined && moment <= now) {
    newest = moment
    moment = findNextTime(schedule, moment)
  }
  return newest
}

function toEarlier(one: Instant, other: Instant): Instant {
  return Math.min(one, other)
}
