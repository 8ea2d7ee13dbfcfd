import { type Infer, integer, object, optional, text } from '../schema.ts'
import { timestamp } from './condition.ts'

const count = (description: string) => integer(description, { minimum: 0, maximum: 1_000_000 })

/** Where a run stands in the queue of its namespace or team. */
export const queueState = object('Where the run stands in the queue, while it waits for room.', {
  position: integer('Place in the queue, from 1.', { minimum: 1, maximum: 1_000_000 }),
  of: optional(count('How many runs wait.')),
  since: optional(timestamp('Since when it waits.')),
  message: optional(text('What it waits for.', { maxLength: 1024 })),
})
export type QueueState = Infer<typeof queueState>

/** The legs of one matrix, added up. */
export const matrixView = object(
  'The legs of one step, added up.',
  {
    name: text('The step.', { maxLength: 63 }),
    legs: count('How many legs it has.'),
    succeeded: optional(count('How many succeeded.')),
    failed: optional(count('How many failed or were cancelled.')),
    running: optional(count('How many run.')),
    skipped: optional(count('How many were skipped.')),
    message: optional(text('Which legs failed.', { maxLength: 1024 })),
  },
  { isAtomic: true },
)
export type MatrixView = Infer<typeof matrixView>

/** One attempt of a step that another followed. */
export const earlierAttempt = object('One attempt that another followed.', {
  attempt: integer('Which, from 1.', { minimum: 1, maximum: 1000 }),
  reason: optional(text('How it ended, in one CamelCase word.', { maxLength: 128 })),
  message: optional(text('How it ended, in one sentence.', { maxLength: 256 })),
  exitCode: optional(integer('Its exit code.', { minimum: -2147483648, maximum: 2147483647 })),
  jobName: optional(text('Its Job.', { maxLength: 253 })),
  podName: optional(text('Its pod.', { maxLength: 253 })),
  startTime: optional(timestamp('When it started.')),
  completionTime: optional(timestamp('When it ended.')),
})
export type EarlierAttempt = Infer<typeof earlierAttempt>

/** A step whose result an earlier run has. */
export const reusedStep = object('A step whose result is taken over.', {
  step: text('The step.', { maxLength: 63 }),
  run: text('The run that did it.', { maxLength: 253 }),
  jobName: optional(text('Its Job there.', { maxLength: 253 })),
  podName: optional(text('Its pod there.', { maxLength: 253 })),
  startTime: optional(timestamp('When it started there.')),
  completionTime: optional(timestamp('When it ended there.')),
})
export type ReusedStep = Infer<typeof reusedStep>
