import { isRecord, type JsonRecord, toRecord } from '../json.ts'
import { isStringList, isStringMap } from '../object-meta.ts'

const isAbsent = (value: unknown) => value === undefined

/** Whether legs can be made of the matrix of a pipeline or step; whether it is a good one is the rules' to say. */
export function isMatrixLike(matrix: unknown): boolean {
  if (isAbsent(matrix)) return true
  const { dimensions, include, exclude } = toRecord(matrix)
  return (
    isRecord(matrix) &&
    (isAbsent(dimensions) || (isRecord(dimensions) && Object.values(dimensions).every(isStringList))) &&
    [include, exclude].every((list) => isAbsent(list) || (Array.isArray(list) && list.every(isStringMap)))
  )
}

/** Whether the values of a run's params can be found. */
export function hasParams({ params }: JsonRecord): boolean {
  return isAbsent(params) || (Array.isArray(params) && params.every(isParam))
}

function isParam(param: unknown): boolean {
  if (!isRecord(param)) return false
  return typeof param['name'] === 'string' && (isAbsent(param['default']) || typeof param['default'] === 'string')
}
