import { type FieldError, quoteValue } from '../../src/lib/field-error.ts'
import { compareQuantities, parseQuantity } from '../../src/lib/quantity.ts'
import { limits, resolveResources } from '../defaults.ts'
import type { StepResources } from '../parts/resources.ts'
import { forEachStep } from './rule.ts'

type Field = keyof StepResources

const fields: readonly Field[] = ['cpu', 'memory', 'cpuLimit', 'memoryLimit']

export const limitsAboveRequests = forEachStep(({ step, at }) => {
  const { requests, limits: most } = resolveResources(step)
  return (['cpu', 'memory'] as const).flatMap((resource): FieldError[] => {
    if ((compareQuantities(most[resource], requests[resource]) ?? 0) >= 0) return []
    return [
      {
        path: `${at}.resources.${resource}Limit`,
        code: 'Invalid',
        message: `${most[resource]} is less than the ${requests[resource]} that ${resource} asks for`,
      },
    ]
  })
})

/** Zero would mean no limit at all to Kubernetes, and no container starts in a few bytes. */
export const enoughResources = forEachStep(({ step: { resources = {} }, at }) =>
  fields.flatMap((field): FieldError[] => {
    const given = resources[field]
    const amount = given === undefined ? undefined : parseQuantity(given)
    if (given === undefined || amount === undefined) return []
    const path = `${at}.resources.${field}`
    if (amount === 0n) return [{ path, code: 'Invalid', message: 'must be more than 0' }]
    return field.startsWith('memory') ? checkMemory(given, path) : []
  }),
)

function checkMemory(given: string, path: string): FieldError[] {
  if ((compareQuantities(given, limits.leastMemory) ?? 0) >= 0) return []
  const message = `${quoteValue(given)} is too little for any container, at least ${limits.leastMemory} is needed`
  const hint = given.endsWith('m') ? `m means thousandths: did you mean ${given.slice(0, -1)}Mi?` : undefined
  return [{ path, code: 'Invalid', message, ...(hint === undefined ? {} : { hint }) }]
}
