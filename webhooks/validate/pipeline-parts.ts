import { type Conditional, conditional } from '../../crds/parts/conditional.ts'
import type { StepResources } from '../../crds/parts/resources.ts'
import { repairValue } from '../../crds/repair.ts'
import { toNode } from '../../crds/schema.ts'
import { resolveServiceResources } from '../../crds/service-defaults.ts'
import type { ResourceRequirements } from '../../src/lib/kubernetes.ts'
import { isRecord, type JsonRecord, pickText, toItems, toRecord, toText, toTexts } from '../json.ts'
import { isStringList } from '../object-meta.ts'
import { hasParams, isMatrixLike } from './input-shape.ts'

/** A step as far as admission looks at it, and where it stands. What is of a wrong type is left out: the schema says so. */
export interface StepPart {
  readonly path: string
  readonly name: string
  readonly clones: boolean
  readonly conditional?: Conditional
  readonly secrets: readonly SecretPart[]
  readonly resources: StepResources
  /** An approval alone and a call have no pod. */
  readonly isPodless?: boolean
  /** The PipelineConfig that the step calls. */
  readonly call?: string
  /** What the services beside it ask for. */
  readonly beside?: readonly ResourceRequirements[]
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
    ...toConditional(step['conditional']),
    secrets: toItems(step['secrets']).flatMap((use, index) => {
      const name = toText(toRecord(use)['secretRef'])
      return name === undefined ? [] : [{ path: `${path}.secrets[${index}].secretRef`, name }]
    }),
    resources: toTexts(step['resources']),
    isPodless: step['pipeline'] !== undefined || (step['approval'] !== undefined && step['image'] === undefined),
    ...pickText('call', toRecord(step['pipeline'])['configRef']),
    beside: toItems(step['services']).map((service) =>
      resolveServiceResources({ resources: toTexts(toRecord(service)['resources']) }),
    ),
  }
}

/** A condition of a wrong form is refused by the schema, whatever is made of it here. */
function toConditional(value: unknown): Pick<StepPart, 'conditional'> {
  return isRecord(value) ? { conditional: repairValue(value, toNode(conditional)) as Conditional } : {}
}

export function listSecretNames(steps: readonly StepPart[]): readonly string[] {
  return [...new Set(steps.flatMap(({ secrets }) => secrets.map(({ name }) => name)))]
}

/** Whether a plan can be frozen from it at all; whether it is a good one is the schema's to say. */
export function isFreezable(pipeline: unknown): boolean {
  const { steps, finally: last, branches, concurrency } = toRecord(pipeline)
  return (
    Array.isArray(steps) &&
    (last === undefined || Array.isArray(last)) &&
    [...steps, ...toItems(last)].every(isStepLike) &&
    (branches === undefined || isStringList(branches)) &&
    isMatrixLike(toRecord(pipeline)['matrix']) &&
    hasParams(toRecord(pipeline)) &&
    (concurrency === undefined || isGroupLike(concurrency))
  )
}

function isGroupLike(concurrency: unknown): boolean {
  const { group } = toRecord(concurrency)
  return isRecord(concurrency) && (group === undefined || typeof group === 'string')
}

function isStepLike(step: unknown): boolean {
  return (
    isRecord(step) &&
    (step['resources'] === undefined || isRecord(step['resources'])) &&
    hasServices(step) &&
    isMatrixLike(step['matrix'])
  )
}

function hasServices({ services }: JsonRecord): boolean {
  if (services === undefined) return true
  const isPart = (part: unknown) => part === undefined || isRecord(part)
  return (
    Array.isArray(services) &&
    services.every((one) => isRecord(one) && isPart(one['resources']) && isPart(one['ready']))
  )
}
