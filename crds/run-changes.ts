import type { CelRule } from './schema.ts'

/** Fields of a run's spec that stay as they were when it was created; c8s wrote the last three. */
export const fixedFields = [
  'pipelineConfigRef',
  'pipelineSpec',
  'commit',
  'branch',
  'tag',
  'matrixIndex',
  'params',
  'priorityClassName',
  'rerunOf',
  'parent',
  'event',
  'rejected',
  'triggeredBy',
  'triggeredAt',
  'plan',
] as const

/** How an expression says the spec as it shall be, and as it is. */
export interface SpecNames {
  readonly spec: string
  readonly old: string
}

const ofDefinition: SpecNames = { spec: 'self', old: 'oldSelf' }

function keepField(field: string, { spec, old }: SpecNames): CelRule {
  return {
    rule: `has(${spec}.${field}) == has(${old}.${field}) && (!has(${spec}.${field}) || ${spec}.${field} == ${old}.${field})`,
    message: `${field} cannot be changed: create another run`,
  }
}

/**
 * How a run's spec may change, also while the webhooks are down. A policy says it where the server knows policies, since rules of the
 * definition are judged at each write of the status, too, and compare the whole plan then; docs/adr/0190.
 */
export function listChangeRules({ spec, old }: SpecNames = ofDefinition): readonly CelRule[] {
  return [
    {
      rule: `!has(${old}.cancel) || !${old}.cancel || (has(${spec}.cancel) && ${spec}.cancel)`,
      message: 'a run that was cancelled cannot be started again: create another run',
    },
    {
      rule: `!has(${old}.approvedCommit) || (has(${spec}.approvedCommit) && ${spec}.approvedCommit == ${old}.approvedCommit)`,
      message: 'an approval cannot be taken back: cancel the run',
    },
    {
      rule: `!has(${old}.approvals) || (has(${spec}.approvals) && ${old}.approvals.all(step, step in ${spec}.approvals && ${spec}.approvals[step] == ${old}.approvals[step]))`,
      message: 'what was said to a step cannot be taken back or changed: cancel the run',
    },
    ...fixedFields.map((field) => keepField(field, { spec, old })),
  ]
}
