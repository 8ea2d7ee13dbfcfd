import type { StepResources } from '../../crds/parts/step.ts'
import { isRecord, type JsonRecord, toItems, toRecord, toText } from '../json.ts'

/** A step as far as admission looks at it, and where it stands. What is of a wrong type is left out: the schema says so. */
export interface StepPart {
  readonly path: string
  readonly name: string
  readonly clones: boolean
  readonly secrets: readonly SecretPart[]
  readonly resources: StepResources
}

export interface SecretPart {
  readonly path: string
  readonly name: string
}

/** The steps of a pipeline, those at its end included. `at` is the pipeline's own path. */
export function listSteps(pipeline: unknown, at: string): readonly StepPart[] {
  const { steps, finally: last } = toRecord(pipeline)
  return [...listParts(steps, `${at}.steps`), ...listParts(last, `${at}.finally`)]
}

function listParts(steps: unknown, at: string): readonly StepPart[] {
  return toItems(steps).flatMap((step, index) => (isRecord(step) ? [toStepPart(step, `${at}[${index}]`)] : []))
}

function toStepPart(step: JsonRecord, path: string): StepPart {
  return {
    path,
    name: toText(step['name']) ?? '',
    clones: step['clone'] !== false,
    secrets: toItems(step['secrets']).flatMap((use, index) => {
      const name = toText(toRecord(use)['secretRef'])
      return name === undefined ? [] : [{ path: `${path}.secrets[${index}].secretRef`, name }]
    }),
    resources: toTexts(step['resources']),
  }
}

function toTexts(value: unknown): Readonly<Record<string, string>> {
  const texts = Object.entries(toRecord(value)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return Object.fromEntries(texts)
}

export function listSecretNames(steps: readonly StepPart[]): readonly string[] {
  return [...new Set(steps.flatMap(({ secrets }) => secrets.map(({ name }) => name)))]
}

/** Whether a plan can be frozen from it at all; whether it is a good one is the schema's to say. */
export function isFreezable(pipeline: unknown): boolean {
  const { steps, finally: last } = toRecord(pipeline)
  return (
    Array.isArray(steps) &&
    (last === undefined || Array.isArray(last)) &&
    [...steps, ...toItems(last)].every(isStepLike)
  )
}

function isStepLike(step: unknown): boolean {
  return isRecord(step) && (step['resources'] === undefined || isRecord(step['resources']))
}
