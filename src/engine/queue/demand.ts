import { resolveResources } from '../../../crds/defaults.ts'
import type { StepResources } from '../../../crds/parts/resources.ts'
import type { Container, PodSpec, ResourceRequirements } from '../../lib/kubernetes.ts'
import { parseQuantity, type Quantity } from '../../lib/quantity.ts'
import { shipperResources, toCloneResources } from './overhead.ts'

/** Amounts by the names that ResourceQuotas use: `requests.cpu`, `pods`, `count/jobs.batch`. */
export type Amounts = ReadonlyMap<string, Quantity>

interface Dimension {
  readonly list: 'requests' | 'limits'
  readonly resource: 'cpu' | 'memory'
  /** Spellings of it in a quota. */
  readonly names: readonly string[]
}

const dimensions: readonly Dimension[] = [
  { list: 'requests', resource: 'cpu', names: ['requests.cpu', 'cpu'] },
  { list: 'requests', resource: 'memory', names: ['requests.memory', 'memory'] },
  { list: 'limits', resource: 'cpu', names: ['limits.cpu'] },
  { list: 'limits', resource: 'memory', names: ['limits.memory'] },
]

const one = parseQuantity('1') ?? 0n
/** A step is one pod and one Job. */
const podNames = ['pods', 'count/pods'] as const
export const jobName = 'count/jobs.batch'

/** As much of a step as its size depends on. */
export interface SizedStep {
  readonly resources?: StepResources
  readonly clones: boolean
  /** What other containers of its pod ask for, side by side with the step. */
  readonly beside?: readonly ResourceRequirements[]
}

/** A pod counts as the larger of its init containers and the sum of its containers; c8s's own are among them. */
export function measureStep({ resources = {}, clones, beside = [] }: SizedStep): Amounts {
  const step: ResourceRequirements = resolveResources({ resources })
  const containers = [step, shipperResources, ...beside]
  const pod = measurePod({
    containers: containers.map((each, index) => ({ name: `${index}`, resources: each })),
    ...(clones ? { initContainers: [{ name: 'clone', resources: toCloneResources(step) }] } : {}),
  })
  return new Map([...pod, [jobName, one]])
}

/** What a pod counts, by https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers. */
export function measurePod({ containers, initContainers = [] }: PodSpec): Amounts {
  const amounts = new Map<string, Quantity>(podNames.map((name) => [name, one]))
  for (const { list, resource, names } of dimensions) {
    const read = ({ resources }: Container) => parseQuantity(resources?.[list]?.[resource] ?? '0') ?? 0n
    let sidecars = 0n
    let before = 0n
    for (const container of initContainers) {
      if (container.restartPolicy === 'Always') sidecars += read(container)
      const now = container.restartPolicy === 'Always' ? sidecars : sidecars + read(container)
      if (now > before) before = now
    }
    const beside = containers.reduce((sum, container) => sum + read(container), sidecars)
    for (const name of names) amounts.set(name, beside > before ? beside : before)
  }
  return amounts
}
