import { type FieldError, quoteValue } from '../../src/lib/field-error.ts'
import { type Combination, isSameCombination, listCombinations } from '../expand-matrix.ts'
import type { Matrix } from '../parts/matrix.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import { resolveParams } from '../resolve-params.ts'
import { judgeFilled } from './filled.ts'
import { judgeParams } from './params.ts'

/** What a run gives its pipeline. */
export interface RunInputs {
  readonly params?: Readonly<Record<string, string>> | undefined
  readonly matrixIndex?: Combination | undefined
}

export interface InputPlaces {
  /** Path of the run's spec. */
  readonly run: string
  /** Path of the pipeline, or of what refers to it. */
  readonly pipeline: string
}

/** Whether a pipeline can run with that; the pipeline alone has been judged already. */
export function judgeInputs(spec: PipelineSpec, inputs: RunInputs, places: InputPlaces): readonly FieldError[] {
  const { params = [], matrix } = spec
  const given = inputs.params ?? {}
  const faults = [
    ...judgeParams(params, given, `${places.run}.params`),
    ...judgeIndex(matrix, inputs.matrixIndex, `${places.run}.matrixIndex`),
  ]
  if (faults.length > 0) return faults
  const { matrixIndex } = inputs
  return judgeFilled(spec, places.pipeline, { params: resolveParams(params, given), matrixIndex })
}

function judgeIndex(matrix: Matrix | undefined, index: Combination | undefined, path: string): FieldError[] {
  if (index === undefined) return []
  if (matrix === undefined) {
    return [{ path, code: 'Invalid', message: 'the pipeline has no matrix of its own', hint: 'leave it out' }]
  }
  const all = listCombinations(matrix)
  if (all.some((combination) => isSameCombination(combination, index))) return []
  const some = all.slice(0, 3).map(describe)
  const hint = `there are ${some.join('; ')}${all.length > some.length ? '; …' : ''}`
  const message = `${describe(index)} is no combination of the pipeline's matrix`
  return [{ path, code: 'Invalid', message, hint }]
}

function describe(combination: Combination): string {
  const parts = Object.entries(combination).map(([name, value]) => `${name.slice(0, 63)}=${quoteValue(value)}`)
  return parts.join(', ') || 'nothing'
}
