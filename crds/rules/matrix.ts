import { type FieldError, joinPath, quoteValue } from '../../src/lib/field-error.ts'
import { limits } from '../defaults.ts'
import { toFieldPath } from '../inspect.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import type { SpecRule } from './rule.ts'

export const matrixHasDimensions: SpecRule<PipelineSpec> = ({ matrix }, at) => {
  if (matrix === undefined || Object.keys(matrix.dimensions ?? {}).length > 0) return []
  return [
    { path: joinPath(at, 'matrix.dimensions'), code: 'Required', message: 'a matrix must have at least one dimension' },
  ]
}

/** By arithmetic, before anything is expanded. */
export const matrixIsSmall: SpecRule<PipelineSpec> = ({ matrix }, at) => {
  const sizes = Object.values(matrix?.dimensions ?? {}).map((values) => values.length)
  const count = sizes.reduce((product, size) => product * size, 1)
  if (count <= limits.matrixCombinations) return []
  const message = `makes ${count} combinations, at most ${limits.matrixCombinations} are allowed`
  return [{ path: joinPath(at, 'matrix.dimensions'), code: 'TooLarge', message }]
}

export const matrixExcludesWhatExists: SpecRule<PipelineSpec> = ({ matrix }, at) => {
  const dimensions = new Map(Object.entries(matrix?.dimensions ?? {}))
  return (matrix?.exclude ?? []).flatMap((combination, index) =>
    Object.entries(combination).flatMap(([name, value]): FieldError[] => {
      const path = toFieldPath(joinPath(at, `matrix.exclude[${index}]`), name)
      const values = dimensions.get(name)
      if (values === undefined) return [{ path, code: 'Invalid', message: `there is no dimension ${quoteValue(name)}` }]
      if (values.includes(value)) return []
      return [
        { path, code: 'Invalid', message: `${quoteValue(value)} is no value of the dimension ${quoteValue(name)}` },
      ]
    }),
  )
}

/** What a config may hold already but a run cannot have yet. */
export const noMatrix: SpecRule<PipelineSpec> = ({ matrix }, at) =>
  matrix === undefined
    ? []
    : [
        {
          path: joinPath(at, 'matrix'),
          code: 'Unsupported',
          message: 'this version of c8s runs no pipeline with a matrix',
          hint: 'write one step for each combination',
        },
      ]
