import { type Static, type TObject, type TProperties, type TSchema, Type } from 'typebox'

/**
 * The vocabulary of our schemas: a TypeBox value is plain JSON Schema, so the same object is the TypeScript type,
 * what ajv compiles and what the CRD embeds. Only forms that are structural in the API server's sense can be built
 * with it, and every form asks for a description. The only importer of TypeBox.
 */

/** One x-kubernetes-validations rule (CEL), enforced by the API server even when the webhooks are down. */
export interface CelRule {
  readonly rule: string
  readonly message: string
  readonly fieldPath?: string
}

export interface SchemaNotes {
  readonly validations?: readonly CelRule[]
  /** Written as a whole: server-side apply keeps one owner for all of it, so managedFields stay small. */
  readonly isAtomic?: boolean
}

export interface TextLimits {
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength: number
  readonly format?: 'date-time'
}

export interface NumberLimits {
  readonly minimum: number
  readonly maximum: number
}

export interface ListLimits {
  readonly minItems?: number
  readonly maxItems: number
}

export interface ListMapLimits extends ListLimits {
  /** Field that tells the items apart. */
  readonly key: string
}

export type Infer<S extends TSchema> = Static<S>
export type Schema = TSchema
export type Fields = TProperties

const notes = (description: string, extra: SchemaNotes = {}) => ({
  description,
  ...(extra.validations === undefined ? {} : { 'x-kubernetes-validations': extra.validations }),
  ...(extra.isAtomic === true ? { 'x-kubernetes-map-type': 'atomic' } : {}),
})

/** A map of named fields; fields are required unless wrapped in `optional`. */
export function object<F extends Fields>(description: string, fields: F, extra: SchemaNotes = {}): TObject<F> {
  return Type.Object(fields, notes(description, extra))
}

export function optional<S extends TSchema>(schema: S) {
  return Type.Optional(schema)
}

/**
 * A field that a client may leave out because admission fills it in: clients that check an object by the schema let it pass, and
 * who reads a stored object finds the field. A rule must say so where nobody fills it in.
 */
export function filledIn<S extends TSchema>(schema: S): S {
  return Type.Optional(schema) as TSchema as S
}

/** Text; maxLength is in characters, and needed for CEL's cost estimate. */
export function text(description: string, limits: TextLimits, extra: SchemaNotes = {}) {
  return Type.String({ ...limits, ...notes(description, extra) })
}

export function choice<const C extends readonly string[]>(description: string, values: C) {
  return Type.Unsafe<C[number]>({ type: 'string', enum: [...values], description })
}

export function integer(description: string, limits: NumberLimits) {
  return Type.Integer({ ...limits, ...notes(description) })
}

export function number(description: string, limits: NumberLimits) {
  return Type.Number({ ...limits, ...notes(description) })
}

export function boolean(description: string) {
  return Type.Boolean(notes(description))
}

export function list<S extends TSchema>(description: string, items: S, limits: ListLimits) {
  return Type.Array(items, { ...limits, ...notes(description) })
}

/** A list whose items are told apart by `key`: server-side apply merges it item by item, duplicates are refused. */
export function listMap<S extends TSchema>(description: string, items: S, { key, ...limits }: ListMapLimits) {
  return Type.Array(items, {
    ...limits,
    ...notes(description),
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': [key],
  })
}

/** A map with free keys and values of one form. */
export function map<S extends TSchema>(description: string, values: S, maxProperties: number) {
  return Type.Unsafe<Record<string, Static<S>>>({
    type: 'object',
    additionalProperties: values,
    maxProperties,
    description,
  })
}

/** A schema as plain JSON Schema, for code that walks it. */
export interface SchemaNode {
  readonly type?: string
  readonly description?: string
  readonly pattern?: string
  readonly enum?: readonly string[]
  readonly format?: string
  readonly maxLength?: number
  readonly maxItems?: number
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly items?: SchemaNode
  readonly additionalProperties?: SchemaNode
  readonly 'x-kubernetes-list-type'?: string
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-validations'?: readonly CelRule[]
}

export function toNode(schema: Schema): SchemaNode {
  return schema
}
