import { Ajv } from 'ajv'
import type { FieldError } from '../src/lib/field-error.ts'
import { inspectValue } from './inspect.ts'
import { type Schema, toNode } from './schema.ts'
import { describeSchemaErrors } from './schema-errors.ts'

/** What the schema alone says of a value. */
export interface ShapeFindings {
  readonly errors: readonly FieldError[]
  /** Fields that the schema does not have. */
  readonly unknown: readonly FieldError[]
}

export type ShapeCheck = (value: unknown) => ShapeFindings

/** Makes checks of schemas; making one takes milliseconds, so it is done once and the check kept. */
export function createCompiler(): (schema: Schema) => ShapeCheck {
  const ajv = new Ajv({ strict: true, allErrors: true, formats: { 'date-time': isDateTime } })
  for (const name of ['list-type', 'list-map-keys', 'map-type', 'validations']) ajv.addKeyword(`x-kubernetes-${name}`)
  return (schema) => {
    const check = ajv.compile(schema)
    const node = toNode(schema)
    return (value) => {
      const isRight = check(value)
      const { duplicates, unknown } = inspectValue(value, node, '')
      const wrong = isRight ? [] : describeSchemaErrors(check.errors ?? [], value, node)
      return { errors: [...wrong, ...duplicates], unknown }
    }
  }
}

/** As the API server reads the format, which is laxer than RFC 3339 about fraction and offset. */
export function isDateTime(text: string): boolean {
  const parts = /^(\d{4})-(\d{2})-(\d{2})t(\d{2}):(\d{2}):(\d{2})(.[0-9]+)?(z|[+-]\d{2}:\d{2})$/i.exec(text)
  if (parts === null) return false
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number)
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const isDate = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return isDate && hour <= 23 && minute <= 59 && second <= 59
}
