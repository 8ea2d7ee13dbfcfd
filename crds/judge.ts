import type { FieldError, Verdict } from '../src/lib/field-error.ts'
import { isSameJson } from '../src/lib/json-equal.ts'
import { checkMetadata } from './envelope.ts'
import { isRecord } from './inspect.ts'
import { dropNulls } from './nulls.ts'
import { repairValue } from './repair.ts'
import type { SpecRule } from './rules/rule.ts'
import type { SchemaNode } from './schema.ts'
import type { ShapeCheck } from './shape.ts'

interface RuleSet<T> {
  readonly errors: readonly SpecRule<T>[]
  readonly warnings: readonly SpecRule<T>[]
}

/** How objects of one kind are judged. */
export interface Court<T> {
  readonly checkShape: ShapeCheck
  /** Schema of the whole object, and of its spec. */
  readonly node: SchemaNode
  readonly specNode: SchemaNode
  readonly rules: RuleSet<T>
  /** What an update may not do. Where it is given the rules are for creating only. */
  readonly findChanges?: (object: Fields, old: Fields) => readonly FieldError[]
}

type Fields = Readonly<Record<string, unknown>>

const accepted: Verdict = { errors: [], warnings: [] }

/** Judges a whole object. One that is being deleted is let through: else its finalizers could never be taken off. */
export function judgeObject<T>(object: Fields, old: unknown, court: Court<T>): Verdict {
  const { metadata } = object
  if (isRecord(metadata) && metadata['deletionTimestamp'] !== undefined) return accepted
  const given = dropNulls(object, court.node) as Fields
  return isRecord(old) ? judgeUpdate(given, old, court) : judgeCreate(given, court)
}

/** The API server drops the status that a client sends with a new object, so nothing is said about it. */
function judgeCreate<T>(object: Fields, court: Court<T>): Verdict {
  const shape = court.checkShape(object)
  const errors = [...checkMetadata(object), ...shape.errors.filter(({ path }) => !isWithin(path, 'status'))]
  const { spec } = object
  const ruled = isRecord(spec) ? applyRules({ spec, at: 'spec', errors }, court) : accepted
  return {
    errors: [...errors, ...ruled.errors],
    warnings: [...shape.unknown.filter(({ path }) => !isEnvelope(path)), ...ruled.warnings],
  }
}

/** A spec that is as it was is not judged again: it may be older than a rule. */
function judgeUpdate<T>(object: Fields, old: Fields, court: Court<T>): Verdict {
  const isSpecKept = isSameJson(object['spec'], old['spec'])
  const shape = court.checkShape(object)
  const wrong = isSpecKept ? shape.errors.filter(({ path }) => isWithin(path, 'status')) : shape.errors
  const changes = court.findChanges?.(object, old) ?? []
  const { spec } = object
  const isRuled = !isSpecKept && court.findChanges === undefined && isRecord(spec)
  const ruled = isRuled ? applyRules({ spec, at: 'spec', errors: wrong }, court) : accepted
  return {
    errors: [...wrong, ...changes, ...ruled.errors],
    warnings: [...(isSpecKept ? [] : shape.unknown.filter(({ path }) => !isEnvelope(path))), ...ruled.warnings],
  }
}

interface Subject {
  readonly spec: unknown
  readonly at: string
  /** What the schema said already. */
  readonly errors: readonly FieldError[]
}

/** The rules' errors and warnings, but for places that the schema refuses already. */
export function applyRules<T>({ spec, at, errors }: Subject, court: Pick<Court<T>, 'rules' | 'specNode'>): Verdict {
  const broken = new Set(errors.map(({ path }) => path))
  const typed = (broken.size === 0 ? spec : repairValue(spec, court.specNode)) as T
  const run = (rules: readonly SpecRule<T>[]) =>
    rules
      .flatMap((rule) => rule(typed, at))
      .filter(({ path }) => !listAncestors(path).some((place) => broken.has(place)))
  return { errors: run(court.rules.errors), warnings: run(court.rules.warnings) }
}

/** `a.b[0]`, `a.b` and `a` of `a.b[0]`. */
function listAncestors(path: string): string[] {
  const ends = [...path.matchAll(/[.[]/g)].map(({ index }) => index)
  return [path, ...ends.map((end) => path.slice(0, end))]
}

function isWithin(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(`${ancestor}.`) || path.startsWith(`${ancestor}[`)
}

/** Fields that every Kubernetes object has and our schemas leave to the API server. */
function isEnvelope(path: string): boolean {
  return path === 'apiVersion' || path === 'kind' || path === 'metadata'
}
