import { type Expression, isProblem, readExpression } from '../../../crds/rules/expression.ts'
import type { ExpressionValues } from '../../../crds/rules/expression-values.ts'
import { quoteValue } from '../../lib/field-error.ts'
import { toSentence } from '../pod/sentence.ts'
import { readOutcomes } from './read-outcome.ts'
import {
  type ConditionedRun,
  type ConditionedStep,
  type ConditionVerdict,
  met,
  open,
  type StateOf,
  unmet,
} from './verdict.ts'

/** Whether `when` is true. One that has no value, such as by an exit code of a step that never ran, does not hold. */
export function judgeExpression(step: ConditionedStep, run: ConditionedRun, stateOf?: StateOf): ConditionVerdict {
  const { when } = step.conditional ?? {}
  if (when === undefined) return met
  const read = readExpression(when)
  if (isProblem(read)) return cannotTell(read.message)
  const values = findValues(read, { step, run, stateOf })
  if (values === undefined) return open
  const value = read.evaluate(values)
  if (isProblem(value)) return cannotTell(value.message)
  return value ? met : unmet('when', `${quoteValue(when, 200)} is not true`)
}

function cannotTell(problem: string): ConditionVerdict {
  return unmet('when', toSentence(`does not hold, because it cannot be told: ${problem}`))
}

interface Asking {
  readonly step: ConditionedStep
  readonly run: ConditionedRun
  readonly stateOf: StateOf | undefined
}

/** Undefined where the expression reads what nobody can tell yet. */
function findValues(read: Expression, { step, run, stateOf }: Asking): ExpressionValues | undefined {
  const { plan } = run.spec
  const known = {
    params: plan === undefined ? run.params : (plan.params ?? {}),
    matrix: plan === undefined ? undefined : (step.values ?? {}),
    steps: plan === undefined || stateOf === undefined ? undefined : findOutcomes(read, { step, plan, stateOf }),
  }
  if (variables.some((name) => known[name] === undefined && read.variables.has(name))) return undefined
  const { params = {}, matrix = {}, steps = new Map<string, never>() } = known
  return { ...toValues(run), params, matrix, steps }
}

const variables = ['params', 'matrix', 'steps'] as const

function findOutcomes({ named }: Expression, asking: Parameters<typeof readOutcomes>[1]) {
  const names = named.flatMap(({ variable, name }) => (variable === 'steps' ? [name] : []))
  return names.length === 0 ? new Map<string, never>() : readOutcomes(names, asking)
}

function toValues({ spec }: ConditionedRun): Omit<ExpressionValues, (typeof variables)[number]> {
  const { branch, tag, commit, event } = spec
  return {
    branch,
    tag,
    commit,
    event: event?.type ?? 'manual',
    pullRequest: event?.pullRequest,
    changedFiles: event?.changedFiles,
  }
}
