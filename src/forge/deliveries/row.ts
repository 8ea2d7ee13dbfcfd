import { type Delivery, deliveryVerdicts } from '../../../crds/repository-connection.ts'

/** As many as status keeps: what is older by then is not worth an Event. */
export const mostRows = 20
/** As the schema of status has them. */
const lengths = { id: 255, event: 64, reason: 128, message: 1024, commit: 64 } as const
const mostRuns = 100
const longestRunName = 253
const timeForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/

/** The row cut to what status takes, and without characters that would play with a terminal. */
export function trimRow(row: Delivery): Delivery {
  const { message, commit, runs = [] } = row
  return {
    id: cut(row.id, lengths.id),
    event: cut(row.event, lengths.event),
    verdict: row.verdict,
    reason: cut(row.reason, lengths.reason),
    ...(message === undefined ? {} : { message: cut(message, lengths.message) }),
    ...(commit === undefined ? {} : { commit: cut(commit, lengths.commit) }),
    ...(runs.length === 0 ? {} : { runs: runs.slice(0, mostRuns).map((run) => cut(run, longestRunName)) }),
    time: row.time,
  }
}

function cut(text: string, length: number): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
  return plain.length > length ? `${plain.slice(0, length - 1)}…` : plain
}

/** One sentence for `kubectl describe`: `push abc1234: Started app-1f: one run was started`. */
export function describeRow({ event, commit, verdict, reason, runs = [], message }: Delivery): string {
  const about = commit === undefined ? event : `${event} ${commit.slice(0, 12)}`
  const [first = '', second, ...more] = runs
  const named = [first, ...(second === undefined ? [] : [second]), ...(more.length > 0 ? [`${more.length} more`] : [])]
  const what = runs.length === 0 ? `${verdict} (${reason})` : `${verdict} ${named.join(', ')}`
  return message === undefined ? `${about}: ${what}` : `${about}: ${what}: ${message}`
}

/**
 * The row in the annotation of an Event, or undefined. Strict, because whoever may create Events in the namespace may write
 * any text there; a forged row that keeps to the form is shown, and decides nothing.
 */
export function parseRow(text: string | undefined): Delivery | undefined {
  if (text === undefined || text.length > 65_536) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  return isRow(value) ? trimRow(value) : undefined
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isTextOrAbsent = (value: unknown) => value === undefined || isText(value)
const isFull = (value: unknown) => isText(value) && value !== ''

const checks: Readonly<Record<keyof Delivery, (value: unknown) => boolean>> = {
  id: isFull,
  event: isFull,
  verdict: (value) => deliveryVerdicts.some((verdict) => verdict === value),
  reason: isFull,
  message: isTextOrAbsent,
  commit: isTextOrAbsent,
  runs: (value) => value === undefined || (Array.isArray(value) && value.length <= mostRuns && value.every(isText)),
  time: (value) => isText(value) && timeForm.test(value) && !Number.isNaN(Date.parse(value)),
}

function isRow(value: unknown): value is Delivery {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const row = value as Record<string, unknown>
  return (
    Object.keys(row).every((key) => Object.hasOwn(checks, key)) &&
    Object.entries(checks).every(([key, isGood]) => isGood(row[key]))
  )
}
