import { type FieldError, joinPath } from '../../src/lib/field-error.ts'
import { limits } from '../defaults.ts'
import { type Combination, expandMatrices } from '../expand-matrix.ts'
import type { Param } from '../parts/params.ts'
import type { Step } from '../parts/step.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import {
  type FillValues,
  fillText,
  hasFilledTexts,
  hasPlaceholder,
  listFilledTexts,
  listPlaceholders,
  type StepText,
  toVariable,
} from '../placeholders.ts'
import { describeImage, isImage } from './image.ts'
import { measureBytes, type PlacedStep, placeAllSteps, type SpecRule } from './rule.ts'

type Values = FillValues['params']

/** What a step is once everything is filled in, judged without writing it down: a value may stand in many places. */
export function judgeFilled(spec: PipelineSpec, at: string, inputs: FilledInputs): readonly FieldError[] {
  const legs = expandMatrices(spec, inputs.matrixIndex)
  const placed = placeAllSteps(spec, at).map((one) => ({
    ...one,
    combinations: legs.get(one.step.name)?.map(({ values }) => values) ?? [{}],
  }))
  const faults = placed.flatMap((one) => judgeStep(one, inputs.params))
  const bytes = placed.reduce((sum, one) => sum + measureAll(one, inputs.params), 0)
  if (bytes <= limits.filledBytes) return faults
  const message = `with params and matrix filled in, the steps take ${bytes} bytes; at most ${limits.filledBytes} are allowed`
  return [...faults, { path: joinPath(at, 'steps'), code: 'TooLarge', message }]
}

export interface FilledInputs {
  readonly params: Values
  readonly matrixIndex?: Combination | undefined
}

interface PlacedLegs extends PlacedStep {
  readonly combinations: readonly Combination[]
}

function judgeStep({ step, at, combinations }: PlacedLegs, params: Values): FieldError[] {
  const isFilled = hasFilledTexts(step)
  if (!isFilled && Object.keys(params).length === 0) return []
  const texts = listFilledTexts(step)
  const faults = combinations.flatMap((matrix) => {
    const values = { params, matrix }
    const each = isFilled ? texts.flatMap((text) => judgeText(text, values, at)) : []
    return [...each, ...judgeSum(step, values, at)]
  })
  return [...new Map(faults.map((fault) => [fault.path, fault])).values()]
}

function judgeText({ path, text }: StepText, values: FillValues, at: string): FieldError[] {
  if (!hasPlaceholder(text) || !canFill(text, values)) return []
  const bytes = measureFilled(text, values)
  const most = path.endsWith('image') ? longestImage : path.startsWith('pipeline') ? longestParam : limits.variableBytes
  if (bytes > most) {
    const message = `takes ${bytes} bytes when it is filled in, at most ${most} are allowed`
    return [{ path: `${at}.${path}`, code: 'TooLarge', message }]
  }
  const image = path.endsWith('image') ? fillText(text, values) : undefined
  if (image === undefined || isImage(image)) return []
  return [{ path: `${at}.${path}`, code: 'Invalid', message: `filled in, ${describeImage(image)}` }]
}

/** Whether everything in it stands for something; else another rule says so. */
function canFill(text: string, values: FillValues): boolean {
  return listPlaceholders(text).every(({ kind, name }) => name !== undefined && Object.hasOwn(values[kind], name))
}

/** Of the schema. */
const longestImage = 512
const longestParam = 4096

/** All variables of a step, with those that params and matrix are given in. */
function judgeSum({ env = [] }: Step, values: FillValues, at: string): FieldError[] {
  const own = env.reduce((sum, { name, value }) => sum + name.length + measureFilled(value, values) + 2, 0)
  const given = measureVariables('params', values) + measureVariables('matrix', values)
  if (own + given <= limits.environmentBytes) return []
  const message = `takes ${own + given} bytes with params and matrix, at most ${limits.environmentBytes} can be passed on`
  return [{ path: `${at}.env`, code: 'TooLarge', message }]
}

function measureVariables(kind: keyof FillValues, values: FillValues): number {
  return Object.entries(values[kind]).reduce((sum, [name, value]) => {
    return sum + toVariable(kind, name).length + measureBytes(value) + 2
  }, 0)
}

/** Bytes of all that has to be written anew for the legs of a step. */
function measureAll({ step, combinations }: PlacedLegs, params: Values): number {
  const texts = listFilledTexts(step).filter(({ text }) => hasPlaceholder(text))
  if (texts.length === 0) return 0
  return combinations.reduce(
    (sum, matrix) => sum + texts.reduce((all, { text }) => all + measureFilled(text, { params, matrix }), 0),
    0,
  )
}

function measureFilled(text: string, values: FillValues): number {
  return listPlaceholders(text).reduce((sum, { kind, name, text: found }) => {
    const value = name !== undefined && Object.hasOwn(values[kind], name) ? values[kind][name] : found
    return sum - measureBytes(found) + measureBytes(value ?? found)
  }, measureBytes(text))
}

/** As far as it can be told before there is a run: with defaults, and something short for what has none. */
export const filledStepsFit: SpecRule<PipelineSpec> = (spec, at) =>
  judgeFilled(spec, at, { params: Object.fromEntries((spec.params ?? []).map((param) => [param.name, guess(param)])) })

function guess({ default: otherwise, enum: allowed }: Param): string {
  return otherwise ?? allowed?.[0] ?? 'x'
}
