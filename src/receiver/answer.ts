import type { BodyProblem } from './body.ts'

/** What came of a delivery, for metrics and the log; never told to who sent it. */
export type DeliveryResult =
  | 'started'
  | 'done'
  | 'ignored'
  | 'refused'
  | 'failed'
  | 'retry'
  | 'ping'
  | 'unknownProvider'
  | 'wrongMethod'
  | 'unsupportedType'
  | 'tooLarge'
  | 'slow'
  | 'aborted'
  | 'unknownRepository'
  | 'unsigned'
  | 'malformed'
  | 'rateLimited'
  | 'overloaded'
  | 'unavailable'
  | 'stopping'
  | 'fault'

export interface Answer {
  readonly status: number
  readonly body: object
  readonly result: DeliveryResult
  readonly retryAfterMs?: number
}

const refuse = (status: number, result: DeliveryResult, error: string): Answer => ({ status, result, body: { error } })
const later = (result: DeliveryResult, error: string, retryAfterMs = 5000): Answer => ({
  ...refuse(503, result, error),
  retryAfterMs,
})

const unsignedText = 'the delivery is not signed with the secret of a connection of this repository'
const tooManyText = 'c8s has more deliveries than it can take at once; send it again'

/** Answers that say nothing of the delivery's content. */
export const answers = {
  unknownProvider: refuse(404, 'unknownProvider', 'there is no such provider'),
  wrongMethod: refuse(405, 'wrongMethod', 'deliveries are sent with POST'),
  wrongType: refuse(
    415,
    'unsupportedType',
    'the content type must be application/json or application/x-www-form-urlencoded',
  ),
  compressed: refuse(415, 'unsupportedType', 'the body must not be compressed'),
  /** The same, whichever it was. */
  unknownRepository: refuse(401, 'unknownRepository', unsignedText),
  unsigned: refuse(401, 'unsigned', unsignedText),
  overloaded: later('overloaded', tooManyText),
  unavailable: later('unavailable', 'c8s does not reach the Kubernetes API server just now; send it again', 10_000),
  stopping: later('stopping', 'this replica of c8s is being stopped; send it again'),
  fault: later('fault', 'c8s failed while it took the delivery; its log tells more; send it again', 30_000),
  malformed: (message: string) => refuse(400, 'malformed', message),
  rateLimited: (retryAfterMs: number): Answer => ({
    ...refuse(429, 'rateLimited', 'the repository sends more deliveries than c8s takes; send it again later'),
    retryAfterMs,
  }),
} as const

/** What is wrong with a body that was not read. */
export const bodyAnswers: Readonly<Record<BodyProblem, Answer>> = {
  tooLarge: refuse(413, 'tooLarge', 'the body is larger than 25 MiB'),
  slow: refuse(408, 'slow', 'the body did not arrive in time'),
  full: answers.overloaded,
  // Nobody is there to read it.
  aborted: refuse(400, 'aborted', 'the body was cut off'),
}
