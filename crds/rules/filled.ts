import { type FieldError, joinPath } from '../../src/lib/field-error.ts'
import { limits } from '../defaults.ts'
import { type Combination, expandMatrices } from '../expand-matrix.ts'
import { longestParam, type Param } from '../parts/params.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import { type FillValues, fillText, hasPlaceholder, listFilledTexts } from '../placeholders.ts'
import { measureFilled, measureMap, measureVariables, type SizedText, type Sizes, sizeText } from './filled-size.ts'
import { describeImage, isImage } from './image.ts'
import { type PlacedStep, placeAllSteps, type SpecRule } from './rule.ts'

type Values = FillValues['params']

/** What a step is once everything is filled in, judged without writing it down: a value may stand in many places. */
export function judgeFilled(spec: PipelineSpec, at: string, inputs: FilledInputs): readonly FieldError[] {
  const legs = expandMatrices(spec, inputs.matrixIndex)
  const params = measureMap(inputs.params)
  const placed = placeAllSteps(spec, at).map((one) => {
    const combinations = legs.get(one.step.name)?.map(({ values }) => values) ?? [{}]
    return sizeStep(one, combinations, { values: inputs.params, params })
  })
  const faults = placed.flatMap((one) => judgeStep(one, inputs.params))
  const bytes = placed.reduce((sum, one) => sum + measureAll(one), 0)
  if (bytes <= limits.filledBytes) return faults
  const message = `with params and matrix filled in, the steps take ${bytes} bytes; at most ${limits.filledBytes} are allowed`
  return [...faults, { path: joinPath(at, 'steps'), code: 'TooLarge', message }]
}

export interface FilledInputs {
  readonly params: Values
  readonly matrixIndex?: Combination | undefined
}

interface SizedLeg {
  readonly values: FillValues
  readonly sizes: Sizes
}

interface SizedStep extends PlacedStep {
  readonly legs: readonly SizedLeg[]
  /** Those with something to be filled in. */
  readonly texts: readonly SizedText[]
  readonly env: readonly SizedText[]
}

interface SizedParams {
  readonly values: Values
  readonly params: Sizes['params']
}

function sizeStep(
  placed: PlacedStep,
  combinations: readonly Combination[],
  { values, params }: SizedParams,
): SizedStep {
  const legs = combinations.map((matrix) => {
    return { values: { params: values, matrix }, sizes: { params, matrix: measureMap(matrix) } }
  })
  const known = legs[0]?.sizes ?? { params, matrix: new Map<string, number>() }
  const texts = listFilledTexts(placed.step)
  const sized = texts.filter(({ text }) => hasPlaceholder(text)).map((text) => sizeText(text, known))
  const env = (placed.step.env ?? []).map(({ name, value }) => sizeText({ path: name, text: value }, known))
  return { ...placed, legs, texts: sized, env }
}

function judgeStep({ at, legs, texts, env }: SizedStep, params: Values): FieldError[] {
  if (texts.length === 0 && Object.keys(params).length === 0) return []
  const faults = legs.flatMap((leg) => [
    ...texts.flatMap((text) => judgeText(text, leg, at)),
    ...judgeSum(env, leg, at),
  ])
  return [...new Map(faults.map((fault) => [fault.path, fault])).values()]
}

function judgeText(text: SizedText, { values, sizes }: SizedLeg, at: string): FieldError[] {
  if (!text.canFill) return []
  const { path } = text
  const bytes = measureFilled(text, sizes)
  const most = path.endsWith('image') ? longestImage : path.startsWith('pipeline') ? longestParam : limits.variableBytes
  if (bytes > most) {
    const message = `takes ${bytes} bytes when it is filled in, at most ${most} are allowed`
    return [{ path: `${at}.${path}`, code: 'TooLarge', message }]
  }
  const image = path.endsWith('image') ? fillText(text.text, values) : undefined
  if (image === undefined || isImage(image)) return []
  return [{ path: `${at}.${path}`, code: 'Invalid', message: `filled in, ${describeImage(image)}` }]
}

/** Of the schema. */
const longestImage = 512

/** All variables of a step, with those that params and matrix are given in. `path` of a text is its name here. */
function judgeSum(env: readonly SizedText[], { sizes }: SizedLeg, at: string): FieldError[] {
  const own = env.reduce((sum, text) => sum + text.path.length + measureFilled(text, sizes) + 2, 0)
  const given = measureVariables('params', sizes) + measureVariables('matrix', sizes)
  if (own + given <= limits.environmentBytes) return []
  const message = `takes ${own + given} bytes with params and matrix, at most ${limits.environmentBytes} can be passed on`
  return [{ path: `${at}.env`, code: 'TooLarge', message }]
}

/** Bytes of all that has to be written anew for the legs of a step. */
function measureAll({ legs, texts }: SizedStep): number {
  return legs.reduce((sum, { sizes }) => sum + texts.reduce((all, text) => all + measureFilled(text, sizes), 0), 0)
}

/** As far as it can be told before there is a run: with defaults, and something short for what has none. */
export const filledStepsFit: SpecRule<PipelineSpec> = (spec, at) =>
  judgeFilled(spec, at, { params: Object.fromEntries((spec.params ?? []).map((param) => [param.name, guess(param)])) })

function guess({ default: otherwise, enum: allowed }: Param): string {
  return otherwise ?? allowed?.[0] ?? 'x'
}
