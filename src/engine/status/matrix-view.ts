import type { MatrixView } from '../../../crds/parts/run-state.ts'
import { toSentence } from '../pod/sentence.ts'
import type { StepState } from '../step/step-state.ts'
import { omitUndefined } from './rows.ts'

/** Failed legs that are named. */
const named = 5
/** Longest that the schema takes. */
const longestMessage = 1024

/** The legs of each step that has some, added up: one small row a step. Undefined where no step has. */
export function foldMatrices(states: readonly StepState[]): MatrixView[] | undefined {
  const legs = states.filter(({ step }) => step.of !== undefined)
  if (legs.length === 0) return undefined
  return [...Map.groupBy(legs, ({ step }) => step.of ?? '')].map(([name, group]) => foldLegs(name, group))
}

function foldLegs(name: string, legs: readonly StepState[]): MatrixView {
  const count = (...phases: readonly string[]) => legs.filter(({ phase }) => phases.includes(phase)).length || undefined
  return omitUndefined({
    name,
    legs: legs.length,
    succeeded: count('Succeeded'),
    failed: count('Failed', 'Cancelled'),
    running: count('Running'),
    skipped: count('Skipped'),
    message: describeFailed(legs),
  })
}

function describeFailed(legs: readonly StepState[]): string | undefined {
  const failed = legs.filter(({ phase }) => phase === 'Failed')
  if (failed.length === 0) return undefined
  const shown = failed.slice(0, named).map(({ step, message, reason }) => {
    const why = message ?? reason
    return why === undefined ? step.name : `${step.name}: ${toSentence(why, 150)}`
  })
  return `${shown.join('; ')}${failed.length > named ? ` and ${failed.length - named} more` : ''}`.slice(
    0,
    longestMessage,
  )
}
