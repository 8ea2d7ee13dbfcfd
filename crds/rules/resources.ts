import { type FieldError, quoteValue } from '../../src/lib/field-error.ts'
import { compareQuantities, parseQuantity } from '../../src/lib/quantity.ts'
import { limits, type ResolvedResources, resolveResources } from '../defaults.ts'
import type { StepResources } from '../parts/resources.ts'
import { resolveServiceResources } from '../service-defaults.ts'
import { forEachStep } from './rule.ts'

type Field = keyof StepResources

const fields: readonly Field[] = ['cpu', 'memory', 'cpuLimit', 'memoryLimit']

export const limitsAboveRequests = forEachStep(({ step, at }) => [
  ...checkOrder(resolveResources(step), `${at}.resources`),
  ...(step.services ?? []).flatMap((service, index) =>
    checkOrder(resolveServiceResources(service), `${at}.services[${index}].resources`),
  ),
])

function checkOrder({ requests, limits: most }: ResolvedResources, at: string): FieldError[] {
  return (['cpu', 'memory'] as const).flatMap((resource): FieldError[] => {
    if ((compareQuantities(most[resource], requests[resource]) ?? 0) >= 0) return []
    const message = `${most[resource]} is less than the ${requests[resource]} that ${resource} asks for`
    return [{ path: `${at}.${resource}Limit`, code: 'Invalid', message }]
  })
}

/** Zero would mean no limit at all to Kubernetes, and no container starts in a few bytes. */
export const enoughResources = forEachStep(({ step: { resources = {}, services = [] }, at }) => [
  ...checkAmounts(resources, `${at}.resources`),
  ...services.flatMap((service, index) => checkAmounts(service.resources ?? {}, `${at}.services[${index}].resources`)),
])

function checkAmounts(resources: StepResources, at: string): FieldError[] {
  return fields.flatMap((field): FieldError[] => {
    const given = resources[field]
    const amount = given === undefined ? undefined : parseQuantity(given)
    if (given === undefined || amount === undefined) return []
    const path = `${at}.${field}`
    if (amount === 0n) return [{ path, code: 'Invalid', message: 'must be more than 0' }]
    return field.startsWith('memory') ? checkMemory(given, path) : []
  })
}

function checkMemory(given: string, path: string): FieldError[] {
  if ((compareQuantities(given, limits.leastMemory) ?? 0) >= 0) return []
  const message = `${quoteValue(given)} is too little for any container, at least ${limits.leastMemory} is needed`
  const hint = given.endsWith('m') ? `m means thousandths: did you mean ${given.slice(0, -1)}Mi?` : undefined
  return [{ path, code: 'Invalid', message, ...(hint === undefined ? {} : { hint }) }]
}
