import { Cron } from 'croner'
import { type FieldError, joinPath, quoteValue } from '../../src/lib/field-error.ts'
import type { Triggers } from '../parts/triggers.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import { checkRef } from './branches.ts'
import type { SpecRule } from './rule.ts'

type Schedule = Pick<NonNullable<Triggers['schedules']>[number], 'cron' | 'timeZone'>

const nicknames = ['@hourly', '@daily', '@weekly', '@monthly']
/** One field of crontab(5). What the library knows beyond it (seconds, L, W, #, ?) is nobody's to rely on. */
const cronField = /^(\*|[0-9]+|[A-Za-z]{3})([-/,](\*|[0-9]+|[A-Za-z]{3}))*$/
const zoneForm = /^[A-Za-z][\w+-]*(\/[\w+-]+)*$/

/** Where the search for the first time begins: any fixed moment would do, since nothing here may read a clock. */
const someDay = Date.UTC(2024, 0, 1)

/**
 * The first moment after `after` at which the schedule comes, in milliseconds since 1970; undefined for one that never
 * comes, or that is none. Sets no timer and reads no clock.
 */
export function findNextTime({ cron, timeZone = 'UTC' }: Schedule, after: number): number | undefined {
  if (!isZone(timeZone)) return undefined
  return parseCron(cron, timeZone)?.nextRun(new Date(after))?.getTime()
}

/** Without a function to call, a Cron is only a pattern. */
function parseCron(text: string, timezone: string): Cron | undefined {
  const trimmed = text.trim()
  const fields = trimmed.split(/\s+/)
  const isLegal = nicknames.includes(trimmed) || (fields.length === 5 && fields.every((field) => cronField.test(field)))
  if (!isLegal) return undefined
  try {
    return new Cron(trimmed, { mode: '5-part', timezone, paused: true })
  } catch {
    return undefined
  }
}

/** Offsets such as +01:00 are no zones: they know no summer time. */
function isZone(name: string): boolean {
  if (!zoneForm.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

export const schedulesCome: SpecRule<PipelineSpec> = ({ triggers }, at) =>
  (triggers?.schedules ?? []).flatMap((schedule, index) => {
    const place = joinPath(at, `triggers.schedules[${index}]`)
    return [
      ...checkCron(schedule.cron, `${place}.cron`),
      ...checkZone(schedule.timeZone, `${place}.timeZone`),
      ...checkRef(schedule.branch, `${place}.branch`),
    ]
  })

function checkCron(cron: string, path: string): FieldError[] {
  const parsed = parseCron(cron, 'UTC')
  if (parsed === undefined) {
    const message = `${quoteValue(cron)} is neither five fields as in crontab nor one of ${nicknames.join(', ')}`
    const hint = 'minute (0-59), hour (0-23), day (1-31), month (1-12), weekday (0-7), such as 30 4 * * 1-5'
    return [{ path, code: 'Invalid', message, hint }]
  }
  // The zone makes no difference to whether there is such a day at all.
  if (parsed.nextRun(new Date(someDay)) !== null) return []
  return [{ path, code: 'Invalid', message: `${quoteValue(cron)} never comes: no year has that day` }]
}

function checkZone(timeZone: string | undefined, path: string): FieldError[] {
  if (timeZone === undefined || isZone(timeZone)) return []
  return [{ path, code: 'Invalid', message: `${quoteValue(timeZone)} is no time zone such as Europe/Berlin or UTC` }]
}
