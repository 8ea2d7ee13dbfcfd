import { parseDuration } from '../src/lib/duration.ts'
import { compareQuantities } from '../src/lib/quantity.ts'
import type { ResolvedResources } from './defaults.ts'
import type { Service } from './parts/services.ts'

/**
 * What a service has where a field is left out. Less than a step asks for, because most of the time it waits; the limits
 * are higher, because a database needs some power to start and for its peaks.
 */
const serviceDefaults = {
  cpu: '100m',
  cpuLimit: '1',
  memory: '256Mi',
  memoryLimit: '512Mi',
  readyTimeout: '2m',
} as const

/** Requests and limits of a service. A request of its own is its limit too, as with steps. */
export function resolveServiceResources({ resources = {} }: Pick<Service, 'resources'>): ResolvedResources {
  const { cpu, memory } = resources
  const cpuLimit = resources.cpuLimit ?? cpu ?? serviceDefaults.cpuLimit
  const memoryLimit = resources.memoryLimit ?? memory ?? serviceDefaults.memoryLimit
  return {
    requests: {
      cpu: cpu ?? smaller(serviceDefaults.cpu, cpuLimit),
      memory: memory ?? smaller(serviceDefaults.memory, memoryLimit),
    },
    limits: { cpu: cpuLimit, memory: memoryLimit },
  }
}

/** Seconds that a service may take to get ready. */
export function resolveReadySeconds({ ready }: Pick<Service, 'ready'>): number {
  return parseDuration(ready?.timeout ?? serviceDefaults.readyTimeout) ?? 0
}

/** A service with every default written out; filling a filled one changes nothing. */
export function fillService(service: Service): Service {
  const { requests, limits } = resolveServiceResources(service)
  const { ready } = service
  return {
    ...service,
    resources: { ...requests, cpuLimit: limits.cpu, memoryLimit: limits.memory },
    ...(ready === undefined ? {} : { ready: { ...ready, timeout: ready.timeout ?? serviceDefaults.readyTimeout } }),
  }
}

function smaller(usual: string, limit: string): string {
  return (compareQuantities(limit, usual) ?? 0) < 0 ? limit : usual
}
