import type { FieldError } from '../../src/lib/field-error.ts'
import { forEachStep } from './rule.ts'

/** A step runs commands in an image, unless a person's word or another pipeline is all there is to it. */
export const workGiven = forEachStep(({ step: { image, commands, approval, pipeline }, at }): FieldError[] => {
  const isOther = approval !== undefined || pipeline !== undefined
  const isBare = image === undefined && commands === undefined
  if (isOther && isBare) return []
  return [
    ...(image === undefined ? [required(`${at}.image`, 'Container image the step runs in. It needs no shell')] : []),
    ...(commands === undefined ? [required(`${at}.commands`, 'Commands, run one after another in one shell')] : []),
  ]
})

function required(path: string, what: string): FieldError {
  return { path, code: 'Required', message: `must be given (${what})` }
}
