import type { Delivery } from '../../../crds/repository-connection.ts'
import { cutText } from './plain-text.ts'

/** One thing that came of an event, or why something did not. */
export interface Finding {
  readonly verdict: Delivery['verdict']
  /** One CamelCase word. */
  readonly reason: string
  /** One sentence, without a full stop. */
  readonly message: string
  /** Names of runs started or stopped. */
  readonly runs?: readonly string[]
  /** With verdict Failed: when trying again may help. */
  readonly retryAfterMs?: number
}

/** What a delivery's row tells: all findings in one. */
export interface FoldedFindings extends Finding {
  readonly runs: readonly string[]
}

/** The schema's length of a delivery's message. */
const maxMessage = 1024

/** What is told first: a failure has to be tried again, whatever else went well. */
const order: readonly Finding['verdict'][] = ['Failed', 'Started', 'Done', 'Refused', 'Ignored']

/** Of what was started, what is wrong is told first. */
const usual: readonly string[] = ['Started', 'AlreadyStarted']

/** The weightiest verdict with its reason, and all messages in that order. */
export function foldFindings(findings: readonly Finding[]): FoldedFindings {
  const sorted = findings.toSorted(
    (a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict) || usual.indexOf(a.reason) - usual.indexOf(b.reason),
  )
  const { verdict, reason } = sorted[0] ?? { verdict: 'Ignored', reason: 'NothingToDo' }
  const waits = sorted.flatMap(({ retryAfterMs }) => (retryAfterMs === undefined ? [] : [retryAfterMs]))
  return {
    verdict,
    reason,
    message: cutText([...new Set(sorted.map(({ message }) => message))].join('; '), maxMessage),
    runs: [...new Set(sorted.flatMap(({ runs = [] }) => runs))],
    ...(waits.length === 0 ? {} : { retryAfterMs: Math.max(...waits) }),
  }
}
