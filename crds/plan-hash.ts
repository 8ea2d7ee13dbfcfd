import { createHash } from 'node:crypto'
import { isRecord } from './inspect.ts'
import type { Plan } from './pipeline-run.ts'

/**
 * What a plan runs. Not in it: where the plan is from, how long the run may take, how urgent it is, whom it waits for, and
 * what of it an earlier run has done.
 */
const hashedFields = [
  'repository',
  'branches',
  'steps',
  'finally',
  'params',
  'matrixDimensions',
  'clone',
  'workspace',
] as const satisfies readonly (keyof Plan)[]

/** SHA-256 in hex; the same for two plans that run the same, in whatever order their fields were written. */
export function hashPlan(plan: Plan): string {
  const what = Object.fromEntries(hashedFields.map((field) => [field, plan[field]]))
  return createHash('sha256').update(JSON.stringify(what, sortKeys)).digest('hex')
}

function sortKeys(_key: string, value: unknown): unknown {
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The plan with its hash, which is to be taken anew whenever what it runs changes. */
export function sealPlan(plan: Plan): Plan {
  return { ...plan, hash: hashPlan(plan) }
}
