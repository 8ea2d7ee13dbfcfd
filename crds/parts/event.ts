import { commitPattern, namePattern, refPattern } from '../patterns.ts'
import { boolean, choice, type Infer, integer, list, object, optional, text } from '../schema.ts'
import { timestamp } from './condition.ts'

/** What may ask for a run besides a person with kubectl. */
export const eventTypes = ['push', 'tag', 'pullRequest', 'schedule', 'request'] as const
export type EventType = (typeof eventTypes)[number]

const branch = (description: string) => text(description, { pattern: refPattern, maxLength: 255 })

const pullRequest = object('The pull request (GitLab: merge request) whose head the commit is.', {
  number: integer('Its number.', { minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  fork: boolean('Whether its commits come from another repository.'),
  author: optional(text('Who opened it, as the forge names them.', { maxLength: 255 })),
  branch: branch('The branch it comes from, in the repository it comes from.'),
  targetBranch: branch('The branch it is to be merged into.'),
  ref: optional(branch('Ref of the repository that holds its head, such as refs/pull/7/head.')),
  headRepository: optional(
    text('URL of the repository it comes from, where that is another one.', { maxLength: 2048 }),
  ),
})

/** Where a run came from, when c8s itself made it. */
export const runEvent = object('The event that asked for the run. Only c8s itself may give one.', {
  type: choice('Kind of event.', eventTypes),
  connection: optional(
    text('RepositoryConnection that the event came in by.', { pattern: namePattern, maxLength: 253 }),
  ),
  pipeline: text('Name of the pipeline: of the PipelineConfig, or as the file in the repository says.', {
    maxLength: 253,
  }),
  file: optional(text('File of the repository that the pipeline was read from.', { maxLength: 1024 })),
  delivery: optional(text('Id that the forge gave the delivery.', { maxLength: 255 })),
  sender: optional(text('Whose doing it was, as the forge names them.', { maxLength: 255 })),
  command: optional(text('The comment command that asked for it, such as /retest.', { maxLength: 255 })),
  receivedAt: timestamp('When c8s learnt of it, with milliseconds.'),
  receivedBy: optional(
    text('The account of c8s that made the run of it. Written by c8s from the identity the API server saw.', {
      maxLength: 1024,
    }),
  ),
  title: optional(text('First line of the commit message, or title of the pull request.', { maxLength: 512 })),
  url: optional(text('Page of the forge that shows it.', { maxLength: 2048 })),
  before: optional(text('Commit the branch was on before.', { pattern: commitPattern, maxLength: 64 })),
  private: optional(boolean('Whether the repository cannot be read without a credential.')),
  changedFiles: optional(
    list(
      'Files that changed, for the conditions of steps; absent where c8s does not know all of them.',
      text('A file.', { maxLength: 1024 }),
      {
        maxItems: 500,
      },
    ),
  ),
  pullRequest: optional(pullRequest),
})
export type RunEvent = Infer<typeof runEvent>

/** Why a commit's pipeline cannot run; such a run ends Failed at once, so that the forge shows why. */
export const rejection = object(
  'Why the pipeline of the commit cannot run: the run ends Failed with it. Only c8s itself may give one.',
  {
    reason: text('Why, in one CamelCase word.', { minLength: 1, maxLength: 128 }),
    message: text('Why, in one sentence.', { minLength: 1, maxLength: 4096 }),
    file: optional(text('File of the repository that is wrong.', { maxLength: 1024 })),
    line: optional(integer('Line in it, from 1.', { minimum: 1, maximum: 10_000_000 })),
  },
)
export type Rejection = Infer<typeof rejection>

const reportStates = ['pending', 'running', 'success', 'failure', 'error'] as const
export type ReportState = (typeof reportStates)[number]

/** What the forge was told of a run, and whether it took it. */
export const report = object('What the forge was last told of the run.', {
  state: optional(choice('The state that the forge has taken.', reportStates)),
  time: optional(timestamp('When the forge took it.')),
  url: optional(text('Where the forge shows it.', { maxLength: 2048 })),
  id: optional(text('Id that the forge gave it, to change it by.', { maxLength: 255 })),
  failures: optional(integer('Attempts in a row that failed since.', { minimum: 0, maximum: 1_000_000 })),
  message: optional(text('Why the last attempt failed.', { maxLength: 1024 })),
})
export type Report = Infer<typeof report>
