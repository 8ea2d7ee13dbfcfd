import { type FieldError, joinPath, quoteValue } from '../../src/lib/field-error.ts'
import { findNearest } from '../../src/lib/nearest.ts'
import { limits } from '../defaults.ts'
import type { Param } from '../parts/params.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import { toVariable } from '../placeholders.ts'
import { resolveParams } from '../resolve-params.ts'
import { listVariables } from './environment.ts'
import { measureBytes, type PlacedStep, placeFinalSteps, placeSteps, type SpecRule } from './rule.ts'

type Type = NonNullable<Param['type']>

/** As JSON writes a number: no leading zeros, plus signs or white space. */
const number = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$/

const forms: Readonly<Record<Type, { readonly isLegal: (value: string) => boolean; readonly words: string }>> = {
  string: { isLegal: (value) => !value.includes('\0'), words: 'text without NUL characters' },
  number: { isLegal: (value) => number.test(value), words: 'a number such as 3, -1.5 or 1e6' },
  boolean: { isLegal: (value) => value === 'true' || value === 'false', words: 'true or false' },
}

/** Why a value cannot be that of a param; the value itself is in no message. */
function checkValue({ type = 'string', enum: allowed }: Param, value: string, path: string): FieldError[] {
  const { isLegal, words } = forms[type]
  if (!isLegal(value)) return [{ path, code: 'Invalid', message: `must be ${words}` }]
  if (allowed === undefined || allowed.includes(value)) return []
  const nearest = findNearest(value, allowed)
  const hint = nearest === undefined ? {} : { hint: `did you mean ${nearest}?` }
  return [{ path, code: 'Invalid', message: `must be ${listValues(allowed)}`, ...hint }]
}

function listValues(values: readonly string[], most = 10): string {
  const shown = values
    .slice(0, most)
    .map((value) => quoteValue(value))
    .join(', ')
  if (values.length === 1) return shown
  return `one of ${shown}${values.length > most ? ` and ${values.length - most} more` : ''}`
}

/** A param's default and the values it allows are such as it asks for itself. */
export const soundParams: SpecRule<PipelineSpec> = ({ params = [] }, at) =>
  params.flatMap((param, index) => {
    const place = joinPath(at, `params[${index}]`)
    const values = (param.enum ?? []).flatMap((value, item) =>
      checkValue({ ...param, enum: undefined } as unknown as Param, value, `${place}.enum[${item}]`),
    )
    const otherwise = param.default === undefined ? [] : checkValue(param, param.default, `${place}.default`)
    return [...values, ...otherwise]
  })

/** Every value of a run is in its spec and in its plan. */
export const paramsFit: SpecRule<PipelineSpec> = ({ params = [] }, at) =>
  checkSize(resolveParams(params), joinPath(at, 'params'))

function checkSize(values: Readonly<Record<string, string>>, path: string): FieldError[] {
  const bytes = Object.values(values).reduce((sum, value) => sum + measureBytes(value), 0)
  if (bytes <= limits.paramBytes) return []
  return [
    { path, code: 'TooLarge', message: `the values take ${bytes} bytes, at most ${limits.paramBytes} are allowed` },
  ]
}

/** Runs that c8s makes of a file give no params. */
export const paramsHaveDefaults: SpecRule<PipelineSpec> = ({ params = [] }, at) =>
  params.flatMap(({ name, default: otherwise }, index) =>
    otherwise === undefined ? [requireDefault(name, joinPath(at, `params[${index}].default`))] : [],
  )

function requireDefault(name: string, path: string): FieldError {
  const message = `the param ${quoteValue(name)} needs a default: a run that an event starts gives it no value`
  return { path, code: 'Required', message }
}

/** A config that events start should be able to run by them. */
export const startedParamsHaveDefaults: SpecRule<PipelineSpec> = (spec, at) =>
  Object.keys(spec.triggers ?? {}).length === 0 ? [] : paramsHaveDefaults(spec, at)

/** What a run gives, against what its pipeline asks for. `at` is `spec.params`. */
export function judgeParams(
  params: readonly Param[],
  given: Readonly<Record<string, string>>,
  at: string,
): readonly FieldError[] {
  const known = new Map(params.map((param) => [param.name, param]))
  const wrong = Object.entries(given).flatMap(([name, value]): FieldError[] => {
    const param = known.get(name)
    return param === undefined ? [refuseUnknown(name, known, at)] : checkValue(param, value, `${at}[${name}]`)
  })
  const missing = params.filter(
    ({ name, default: otherwise }) => otherwise === undefined && !Object.hasOwn(given, name),
  )
  return [...wrong, ...missing.map((param) => requireValue(param, at)), ...checkSize(resolveParams(params, given), at)]
}

function refuseUnknown(name: string, known: ReadonlyMap<string, Param>, at: string): FieldError {
  const nearest = findNearest(name, known.keys())
  const some = [...known.keys()].slice(0, 5).join(', ')
  const hint = nearest === undefined ? (some === '' ? 'it has none' : `it has ${some}`) : `did you mean ${nearest}?`
  const path = `${at}[${name.slice(0, 63)}]`
  return { path, code: 'UnknownParam', message: `the pipeline has no param ${quoteValue(name)}`, hint }
}

function requireValue({ name, description, enum: allowed }: Param, at: string): FieldError {
  const what = description === undefined ? '' : ` (${quoteValue(description, 200)})`
  const hint = allowed === undefined ? 'or the pipeline a default' : `it must be ${listValues(allowed)}`
  const message = `the pipeline has no default for the param ${quoteValue(name)}${what}: the run must give a value`
  return { path: `${at}[${name}]`, code: 'Required', message, hint }
}

/** A step may have a variable of its own in place of that of a param or dimension. */
export const replacedInputs: SpecRule<PipelineSpec> = (spec, at) => {
  const params = (spec.params ?? []).map(({ name }) => toVariable('params', name))
  const around = Object.keys(spec.matrix?.dimensions ?? {})
  const check = (placed: PlacedStep, outer: readonly string[]): FieldError[] => {
    const dimensions = [...outer, ...Object.keys(placed.step.matrix?.dimensions ?? {})]
    const given = new Set([...params, ...dimensions.map((name) => toVariable('matrix', name))])
    return listVariables(placed)
      .filter(({ name }) => given.has(name))
      .map(({ name, at: path }) => ({
        path,
        code: 'Reserved',
        message: `replaces the ${name} that c8s gives the step`,
      }))
  }
  return [
    ...placeSteps(spec, at).flatMap((placed) => check(placed, around)),
    ...placeFinalSteps(spec, at).flatMap((placed) => check(placed, [])),
  ]
}
