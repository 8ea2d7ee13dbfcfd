import { condition, observedGeneration, timestamp } from './parts/condition.ts'
import { rejection, report, runEvent } from './parts/event.ts'
import { approvalRecords, approvals, parentRun, rerunOf } from './parts/gates.ts'
import { paramValues } from './parts/params.ts'
import { earlierAttempt, matrixView, queueState, reusedStep } from './parts/run-state.ts'
import { planStep } from './parts/step.ts'
import { commitPattern, namePattern, refPattern } from './patterns.ts'
import { pipelineFields, pipelineSpec, repositoryField } from './pipeline-config.ts'
import {
  boolean,
  type CelRule,
  choice,
  filledIn,
  type Infer,
  integer,
  list,
  listMap,
  map,
  object,
  optional,
  text,
} from './schema.ts'

export const runPhases = ['Pending', 'Running', 'Succeeded', 'Failed', 'Cancelled'] as const
export const stepPhases = ['Pending', 'Running', 'Succeeded', 'Failed', 'Cancelled', 'Skipped'] as const
export type RunPhase = (typeof runPhases)[number]
export type StepPhase = (typeof stepPhases)[number]

const planSource = object('The PipelineConfig the plan was frozen from.', {
  name: text('Its name.', { maxLength: 253 }),
  uid: text('Its uid.', { maxLength: 64 }),
  generation: integer('Its generation at that moment.', { minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
})

const cloneSource = object('How the repository is reached.', {
  depth: integer('Number of commits of history; 0 for all.', { minimum: 0, maximum: 1_000_000 }),
  submodules: boolean('Whether submodules are cloned too.'),
  connection: optional(text('RepositoryConnection whose credential the clone uses.', { maxLength: 253 })),
  authSecretRef: optional(text('Secret with that credential.', { maxLength: 253 })),
})

const untrusted = object('Why the commit may have no secret before a person approves it.', {
  reason: choice('Why, in one word.', ['ForkPullRequest', 'BranchNotAllowed']),
  message: text('Why, in one sentence.', { maxLength: 1024 }),
})

const planConcurrency = object('The concurrency group of the run.', {
  group: text('Its name, filled in.', { maxLength: 1024 }),
  cancelInProgress: boolean('Whether the run cancels those before it.'),
})

const planPriority = object('How urgent the run is.', {
  className: text('The PriorityClass.', { maxLength: 253 }),
  value: integer('Its value when the run was created.', { minimum: -2147483648, maximum: 2147483647 }),
})

/** The frozen plan: the pipeline as it was when the run was created, with defaults filled in. */
const plan = object(
  'The pipeline as it was when the run was created, defaults filled in. Written by c8s; what a client puts here is replaced.',
  {
    source: optional(planSource),
    repository: repositoryField('URL of the Git repository.'),
    branches: pipelineFields.branches,
    steps: listMap('The steps.', planStep, { key: 'name', minItems: 1, maxItems: 1000 }),
    finally: optional(listMap('Steps that run at the end.', planStep, { key: 'name', maxItems: 20 })),
    timeoutSeconds: integer('Longest time the run may take, in seconds.', { minimum: 1, maximum: 31_536_000 }),
    clone: cloneSource,
    concurrency: optional(planConcurrency),
    params: optional(paramValues('Values of the params, defaults filled in.')),
    matrixDimensions: optional(
      list(
        "Dimensions of the pipeline's own matrix: legs that have the same values of these depend on each other.",
        text('Name.', { maxLength: 63 }),
        {
          maxItems: 16,
        },
      ),
    ),
    workspace: pipelineFields.workspace,
    priority: optional(planPriority),
    queueName: pipelineFields.queueName,
    history: pipelineFields.history,
    policy: optional(text('The policy of the namespace that the run was judged by.', { maxLength: 253 })),
    reused: optional(
      listMap('Steps that an earlier run has done already.', reusedStep, { key: 'step', maxItems: 1020 }),
    ),
    hash: optional(
      text('SHA-256 of what the plan runs, in hex: two runs with the same hash run the same.', { maxLength: 64 }),
    ),
    untrusted: optional(untrusted),
  },
  { isAtomic: true },
)

/** What must hold while the webhooks are down; how the spec may change is in run-changes.ts. */
const specRules: readonly CelRule[] = [
  {
    rule: '[has(self.pipelineConfigRef), has(self.pipelineSpec), has(self.rejected)].filter(given, given).size() == 1',
    message: 'exactly one of pipelineConfigRef and pipelineSpec must be given',
  },
  { rule: 'has(self.commit)', message: 'commit must be given' },
  { rule: '!has(self.rejected) || has(self.event)', message: 'rejected must have an event beside it' },
]

const spec = object(
  'What to run. It cannot be changed afterwards, but for cancel.',
  {
    pipelineConfigRef: optional(
      text('Name of a PipelineConfig of the same namespace.', { pattern: namePattern, maxLength: 253 }),
    ),
    pipelineSpec: optional(pipelineSpec),
    commit: filledIn(
      text('Commit to check out, 7 to 64 hex digits. That of the earlier run where the run runs one again.', {
        pattern: commitPattern,
        maxLength: 64,
      }),
    ),
    branch: optional(text('Branch the commit is on.', { pattern: refPattern, maxLength: 255 })),
    tag: optional(text('Tag that points to the commit.', { pattern: refPattern, maxLength: 255 })),
    triggeredBy: optional(
      text('Who asked for the run. Written by c8s from the identity the API server saw.', { maxLength: 1024 }),
    ),
    triggeredAt: optional(timestamp('When the run was asked for. Written by c8s.')),
    matrixIndex: optional(
      map('Combination of the matrix that this run is for.', text('Value.', { maxLength: 256 }), 16),
    ),
    params: optional(paramValues('Values for the params of the pipeline.')),
    priorityClassName: optional(
      text('PriorityClass of this run in place of that of the pipeline.', { pattern: namePattern, maxLength: 253 }),
    ),
    rerunOf: optional(rerunOf),
    parent: optional(parentRun),
    approvals: optional(approvals),
    approvalRecords: optional(approvalRecords),
    event: optional(runEvent),
    rejected: optional(rejection),
    approvedCommit: optional(
      text('Set to the commit to let a run that waits for approval have its secrets. Needs the verb approve.', {
        pattern: commitPattern,
        maxLength: 64,
      }),
    ),
    approvedBy: optional(
      text('Who approved it. Written by c8s from the identity the API server saw.', { maxLength: 1024 }),
    ),
    cancel: optional(boolean('Set to true to stop the run. It cannot be set back.')),
    cancelledBy: optional(
      text('Who cancelled it. Written by c8s from the identity the API server saw.', { maxLength: 1024 }),
    ),
    plan: optional(plan),
  },
  { validations: specRules },
)

const stepStatus = object(
  'State of one step.',
  {
    name: text('Name of the step.', { maxLength: 63 }),
    phase: choice('State of the step.', stepPhases),
    reason: optional(text('Why, in one CamelCase word.', { maxLength: 1024 })),
    message: optional(text('Why, in one sentence.', { maxLength: 4096 })),
    attempt: optional(integer('Which attempt this is, from 1.', { minimum: 1, maximum: 1000 })),
    jobName: optional(text('Name of the Job.', { maxLength: 253 })),
    podName: optional(text('Name of the Pod.', { maxLength: 253 })),
    startTime: optional(timestamp('When the step container started.')),
    completionTime: optional(timestamp('When the step ended.')),
    exitCode: optional(integer('Exit code of the step container.', { minimum: -2147483648, maximum: 2147483647 })),
    logURL: optional(text('Where the stored log is.', { maxLength: 2048 })),
    skippedBy: optional(text('Which condition skipped it, as a field of the step.', { maxLength: 63 })),
    attempts: optional(
      list('Attempts before this one, newest first; each has its own pod and log.', earlierAttempt, { maxItems: 20 }),
    ),
    retryAt: optional(timestamp('When the next attempt starts.')),
    waitingSince: optional(timestamp('Since when it waits for an approval or, once the run has started, for room.')),
    run: optional(
      text('The run that this step is: of a pipeline call, or the earlier run it was taken over from.', {
        maxLength: 253,
      }),
    ),
    artifactURLs: optional(list('Where the kept files are.', text('URL.', { maxLength: 2048 }), { maxItems: 100 })),
  },
  {
    // A row is the controller's as a whole: the API server notes its owner once, not for each field of a thousand rows.
    isAtomic: true,
    validations: [
      {
        rule: "!(oldSelf.phase in ['Succeeded', 'Failed', 'Cancelled', 'Skipped']) || self.phase == oldSelf.phase",
        message: 'the phase of a step is final once it is Succeeded, Failed, Cancelled or Skipped',
      },
      {
        rule: "oldSelf.phase != 'Running' || self.phase != 'Pending'",
        message: 'the phase of a step cannot go back from Running to Pending',
      },
    ],
  },
)

const status = object(
  'State of the run. Only the controller writes it.',
  {
    observedGeneration: optional(observedGeneration),
    phase: optional(choice('State of the run. Succeeded, Failed and Cancelled are final.', runPhases)),
    reason: optional(text('Why, in one CamelCase word.', { maxLength: 1024 })),
    message: optional(text('Why, in one sentence.', { maxLength: 4096 })),
    progress: optional(text('How many steps have ended, and of how many: 3/7.', { maxLength: 32 })),
    commit: optional(text('The commit in full, as the first clone found it.', { maxLength: 64 })),
    startTime: optional(timestamp('When the first pod began to run: the timeout counts from here, not while queued.')),
    completionTime: optional(timestamp('When the run ended.')),
    compactedAt: optional(
      timestamp(
        'When its Jobs, pods and called runs were deleted and its status was shortened: beyond the limits of its history, of a run that Git or another object owns. Its result stays, and it never runs again.',
      ),
    ),
    report: optional(report),
    queue: optional(queueState),
    matrix: optional(
      listMap('Results of the legs of each matrix, added up.', matrixView, { key: 'name', maxItems: 1020 }),
    ),
    pausedSeconds: optional(
      integer('How long nothing ran because only approvals were waited for; it does not count towards the timeout.', {
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
      }),
    ),
    steps: optional(listMap('State of each step.', stepStatus, { key: 'name', maxItems: 1020 })),
    conditions: optional(
      listMap('Succeeded (for kubectl wait), Ready, Reconciling and Stalled (for kstatus).', condition, {
        key: 'type',
        maxItems: 16,
      }),
    ),
  },
  {
    validations: [
      {
        rule: "!has(oldSelf.phase) || !(oldSelf.phase in ['Succeeded', 'Failed', 'Cancelled']) || (has(self.phase) && self.phase == oldSelf.phase)",
        message: 'phase is final once it is Succeeded, Failed or Cancelled',
      },
      {
        rule: "!has(oldSelf.phase) || oldSelf.phase != 'Running' || (has(self.phase) && self.phase != 'Pending')",
        message: 'phase cannot go back from Running to Pending',
      },
    ],
  },
)

export const pipelineRun = object('One run of a pipeline.', { spec, status: optional(status) })
export type PipelineRunSpec = Infer<typeof spec>
export type PipelineRunStatus = Infer<typeof status>
export type StepStatus = Infer<typeof stepStatus>
export type Plan = Infer<typeof plan>
