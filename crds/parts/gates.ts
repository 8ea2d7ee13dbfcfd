import { labelPattern, namePattern } from '../patterns.ts'
import { boolean, choice, type Infer, list, map, object, optional, text } from '../schema.ts'
import { timestamp } from './condition.ts'
import { durationField } from './duration.ts'
import { paramValues } from './params.ts'

/** A step that a person must let go on. Without image and commands it is only that. */
export const approvalGate = object(
  'The step waits until a person with the verb approve on the run says so in spec.approvals.',
  {
    approvers: optional(
      list(
        'Only these may: names of users, or groups as group:NAME. Everybody with the verb when left out.',
        text('A user or group:NAME.', { minLength: 1, maxLength: 255 }),
        { minItems: 1, maxItems: 50 },
      ),
    ),
    fourEyes: optional(boolean('Whether it must be another person than who asked for the run (false when left out).')),
    timeout: optional(durationField('How long the step waits; then it fails. 7 days (168h) when left out.')),
    message: optional(text('What the person should look at.', { maxLength: 1024 })),
  },
)
export type ApprovalGate = Infer<typeof approvalGate>

/** A step that is the run of another pipeline. */
export const pipelineCall = object('The step is a run of another pipeline and ends as that does.', {
  configRef: text('Name of a PipelineConfig of the same namespace.', { pattern: namePattern, maxLength: 253 }),
  params: optional(paramValues('Its params. $(params.name) and $(matrix.name) are filled in.')),
})
export type PipelineCall = Infer<typeof pipelineCall>

export const approvalWords = ['Approved', 'Rejected'] as const

/** Step → word; a map, so that a merge patch adds one and leaves the others. */
export const approvals = map(
  'What persons say to the steps that wait for approval: step → Approved or Rejected. It cannot be taken back.',
  choice('The word.', approvalWords),
  100,
)

export const approvalRecords = map(
  'Who said it. Written by c8s from the identity the API server saw.',
  object('One approval.', {
    by: text('Who.', { maxLength: 1024 }),
    at: timestamp('When.'),
  }),
  100,
)

/** The run and step that a run was made for by a pipeline call. */
export const parentRun = object('The step that this run is. Written by c8s.', {
  name: text('Its run.', { maxLength: 253 }),
  uid: text('Uid of its run.', { maxLength: 64 }),
  step: text('Its step.', { pattern: labelPattern, maxLength: 63 }),
})

export const rerunOf = object('Runs an earlier run of the namespace again: same commit, branch, event and params.', {
  run: text('Its name.', { pattern: namePattern, maxLength: 253 }),
  from: optional(
    choice(
      'Start: everything. Failed: what succeeded in it is taken over, if the plan is the same. Start when left out.',
      ['Start', 'Failed'],
    ),
  ),
})
