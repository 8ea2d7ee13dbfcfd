import { quantityPattern } from '../patterns.ts'
import { type Infer, object, optional, text } from '../schema.ts'

export const quantity = (description: string) => text(description, { pattern: quantityPattern, maxLength: 32 })

export const resources = object(
  'What the container asks of the node. Each value is request and limit at once, unless a limit of its own is given.',
  {
    cpu: optional(quantity('CPU request, and limit unless cpuLimit is given. 500m when left out.')),
    memory: optional(quantity('Memory request, and limit unless memoryLimit is given. 1Gi when left out.')),
    cpuLimit: optional(quantity('CPU limit, at least cpu.')),
    memoryLimit: optional(quantity('Memory limit, at least memory.')),
  },
)
export type StepResources = Infer<typeof resources>
