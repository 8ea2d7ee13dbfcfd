import type { FieldError } from '../src/lib/field-error.ts'
import type { CompiledCheck } from './compiled/checks.mjs'
import { inspectValue } from './inspect.ts'
import { type Schema, toNode } from './schema.ts'
import { describeSchemaErrors } from './schema-errors.ts'

/** What the schema alone says of a value. */
interface ShapeFindings {
  readonly errors: readonly FieldError[]
  /** Fields that the schema does not have. */
  readonly unknown: readonly FieldError[]
}

export type ShapeCheck = (value: unknown) => ShapeFindings

/** A check of a schema that ajv compiled when the files were generated, in our words. */
export function createShapeCheck(check: CompiledCheck, schema: Schema): ShapeCheck {
  const node = toNode(schema)
  return (value) => {
    const isRight = check(value)
    const { duplicates, malformed, unknown } = inspectValue(value, node, '')
    const wrong = isRight ? [] : describeSchemaErrors(check.errors ?? [], value, node)
    return { errors: [...wrong, ...malformed, ...duplicates], unknown }
  }
}
