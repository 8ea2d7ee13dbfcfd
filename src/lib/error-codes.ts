/** Every code that a user can meet, with what it means; docs/errors.md is generated from it. */
export const errorCodes = {
  Invalid: 'The value does not have the form that the schema asks for.',
  Required: 'A field is missing.',
  Duplicate: 'Two items of a list have the same name.',
  UnknownField: 'The field does not exist; the API server drops it.',
  UnknownStep: 'A step depends on a step that does not exist.',
  UnknownParam: 'A run, or a placeholder, names a param or a matrix dimension that the pipeline does not have.',
  Cycle: 'Steps depend on each other, or pipelines call each other, in a circle.',
  TooLarge: 'The value is larger than Kubernetes or c8s can carry, or pipelines call each other too deep.',
  NotFound: 'An object that is referred to does not exist.',
  SecretForbidden: 'The requester may not use the Secret.',
  ApprovalRequired:
    'A step would get Secrets, or calls a pipeline, but nobody has approved the commit of the pull request yet; or the step waits for an approval itself.',
  ApprovalForbidden: 'The requester may not approve the run, or the step.',
  PolicyForbidden: 'The policy of the namespace does not allow it.',
  PolicyUnusable: 'The policy that the namespace is under is missing or wrong, so nothing may run.',
  LimitImpossible: 'A LimitRange of the namespace can never allow the pod of the step.',
  QuotaImpossible: 'The step can never fit the ResourceQuota of the namespace.',
  OneNode: 'A warning: the volume keeps all steps of a run on one node.',
  Unsupported: 'The field is known, but this version cannot do what it asks for.',
  Reserved: 'The name belongs to c8s.',
  TimeoutTooShort: 'The run would time out before its steps do.',
  Insecure: 'A credential would travel unencrypted.',
  Immutable: 'The field cannot be changed any more.',
  Forbidden: 'Only c8s itself may do this.',
  Conflict: 'Something changed while the object was being written; writing it again is enough.',
  NotInPlan: 'The Job is not what the frozen plan of its run says.',
  NeedsNotMet: 'The steps that this one depends on have not succeeded.',
  Malformed: 'The request or file cannot be read at all.',
  Internal: 'c8s itself failed; nothing was changed.',
} as const

export type ErrorCode = keyof typeof errorCodes
