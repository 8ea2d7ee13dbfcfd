/** JSON Schema of one value, as values.schema.json has it; what a description says of it is added. */
export type ValueSchema = Readonly<Record<string, unknown>>

/** One value that whoever installs c8s can give. */
export interface Value<T> {
  readonly description: string
  readonly default: T
  readonly schema: ValueSchema
}

/** Values under one name. */
export interface Group<V> {
  readonly description: string
  readonly values: V
  /** What holds between its values. */
  readonly schema?: ValueSchema
}

/** The settings that descriptions describe: the same tree, of plain data. */
export type SettingsOf<D> =
  D extends Value<infer T>
    ? T
    : D extends Group<infer V>
      ? { readonly [K in keyof V]: SettingsOf<V[K]> }
      : { readonly [K in keyof D]: SettingsOf<D[K]> }

/** What is given of the settings; the rest is as described. */
export type Overrides<S> = S extends readonly unknown[]
  ? S
  : S extends object
    ? { readonly [K in keyof S]?: Overrides<S[K]> }
    : S

export const text = (description: string, initial: string, schema: ValueSchema = {}): Value<string> => ({
  description,
  default: initial,
  schema: { type: 'string', ...schema },
})

export const choice = (description: string, initial: string, choices: readonly string[]): Value<string> => ({
  description,
  default: initial,
  schema: { type: 'string', enum: choices },
})

export const number = (description: string, initial: number, schema: ValueSchema = {}): Value<number> => ({
  description,
  default: initial,
  schema: { type: 'integer', ...schema },
})

export const flag = (description: string, initial: boolean): Value<boolean> => ({
  description,
  default: initial,
  schema: { type: 'boolean' },
})

/** Passed on as it is; the schema says what is known of its fields. */
export const map = (
  description: string,
  initial: Readonly<Record<string, unknown>> = {},
  schema: ValueSchema = {},
): Value<Readonly<Record<string, unknown>>> => ({
  description,
  default: initial,
  schema: { type: 'object', ...schema },
})

export const list = (description: string, items: ValueSchema): Value<readonly unknown[]> => ({
  description,
  default: [],
  schema: { type: 'array', items },
})

export const group = <V extends Descriptions>(description: string, values: V, schema: ValueSchema = {}): Group<V> => ({
  description,
  values,
  schema,
})

export type Description = Value<unknown> | Group<Descriptions>
/** Mutually recursive with Description, so an interface. */
export interface Descriptions {
  readonly [name: string]: Description
}

export function isGroup(description: Description): description is Group<Descriptions> {
  return 'values' in description
}
