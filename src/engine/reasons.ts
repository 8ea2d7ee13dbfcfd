/** Every reason a step's status can show, with what it means to a person. Closed: docs and tests list the same words. */
export const stepReasons = {
  Starting: 'The Job is there; its pod or container is not yet.',
  Cloning: 'The repository is being cloned.',
  Running: 'The commands run.',
  QuotaExceeded: 'The namespace has no room now; the step starts by itself when there is some.',
  Unschedulable: 'No node can take the pod now.',
  Suspended: 'The Job is suspended; something else, such as a queue, decides when it starts.',
  ImagePull: 'An image cannot be pulled.',
  ContainerConfig: 'The container cannot be made: a Secret, a key or a user id is wrong.',
  PodRefused: 'The API server refuses the pod, for example because of the Pod Security level.',
  Interrupted: 'The pod was lost through no fault of the step; the step starts again.',
  Completed: 'The commands ended with exit code 0.',
  ExitCode: 'The commands ended with another exit code than 0.',
  OOMKilled: 'A process was killed for using more memory than the limit.',
  TimedOut: 'The step ran longer than its timeout.',
  StartError: 'The container could not be started.',
  RepositoryNotFound: 'The repository to clone does not exist, or the credential may not see it.',
  CommitNotFound: 'The repository has no such commit.',
  CommitNotOnBranch: 'The commit is on no branch whose runs may use secrets.',
  AuthenticationFailed: 'The repository refused the credential.',
  CloneFailed: 'The clone failed for another reason.',
  InfrastructureError: 'The pod was lost too often, each time through no fault of the step.',
  JobDeleted: 'Somebody deleted the Job before it ended.',
  JobNameTaken: 'A Job of the same name exists that does not belong to this run.',
  JobRefused: 'The API server refused the Job.',
  NeedsNotMet: 'A step that this one depends on did not succeed.',
  ConditionNotMet: 'The condition of the step does not hold; it counts as done.',
  RunCancelled: 'The run was cancelled.',
  RunTimedOut: 'The run took longer than its timeout.',
} as const
export type StepReason = keyof typeof stepReasons

/** Every reason a run's status and conditions can show. */
export const runReasons = {
  Starting: 'No step has started yet.',
  QuotaExceeded: stepReasons.QuotaExceeded,
  Unschedulable: stepReasons.Unschedulable,
  Suspended: stepReasons.Suspended,
  ImagePull: stepReasons.ImagePull,
  ContainerConfig: stepReasons.ContainerConfig,
  PodRefused: stepReasons.PodRefused,
  StepsRunning: 'Steps are running.',
  Finalizing: 'The steps have ended; the finally steps run.',
  Cancelling: 'The run is being cancelled: running steps are being stopped.',
  TimingOut: 'The run took longer than its timeout: running steps are being stopped.',
  Succeeded: 'Every step succeeded or was not meant to run.',
  StepFailed: 'A step failed.',
  InfrastructureError: 'A step could not be run, through no fault of its own.',
  TimedOut: 'The run took longer than its timeout.',
  Cancelled: 'The run was cancelled.',
  PlanMissing: 'The run was created while the admission webhook was not in place, so it has no frozen plan.',
  PlanInvalid: 'The frozen plan cannot be run.',
  ReconcileError: 'The controller fails on this run; it keeps trying.',
} as const
export type RunReason = keyof typeof runReasons

/** Reasons of a failed step that say nothing about the code under test (SC-008). */
export const infrastructureReasons: ReadonlySet<string> = new Set<StepReason>([
  'InfrastructureError',
  'ImagePull',
  'ContainerConfig',
  'PodRefused',
  'StartError',
  'JobDeleted',
  'JobNameTaken',
  'JobRefused',
])
