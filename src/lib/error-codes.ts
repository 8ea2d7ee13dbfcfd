/** Every code that a user can meet, with what it means; docs/errors.md is generated from it. */
export const errorCodes = {
  Invalid: 'The value does not have the form that the schema asks for.',
  Required: 'A field is missing.',
  Duplicate: 'Two items of a list have the same name.',
  UnknownField: 'The field does not exist; the API server drops it.',
  UnknownStep: 'A step depends on a step that does not exist.',
  Cycle: 'Steps depend on each other in a circle.',
  TooLarge: 'The value is larger than Kubernetes or c8s can carry.',
  NotFound: 'An object that is referred to does not exist.',
  SecretForbidden: 'The requester may not use the Secret.',
  ApprovalRequired: 'A step would get Secrets, but nobody has approved the commit of the pull request yet.',
  ApprovalForbidden: 'The requester may not approve runs.',
  QuotaImpossible: 'The step can never fit the ResourceQuota of the namespace.',
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
