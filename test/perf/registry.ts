import { measureConfigAdmission } from './admission-cpu.ts'
import { measureCreate } from './admission-create.ts'
import type { Bench } from './bench-cluster.ts'
import { measureDeliveries } from './deliveries.ts'
import { measureMasking } from './masking.ts'
import type { Row } from './measurement.ts'
import { measureRoles, measureShipper } from './process-memory.ts'
import { measureChain, measureOneStep, measureParallel } from './run-times.ts'
import { measureStepGap } from './step-gap.ts'

export interface Measure {
  readonly id: string
  measure(bench: Bench): Promise<readonly Row[]>
}

/** In the order they are printed; what loads the machine most comes last. */
export const measures: readonly Measure[] = [
  { id: 'one-step', measure: measureOneStep },
  { id: 'chain', measure: measureChain },
  { id: 'parallel', measure: measureParallel },
  { id: 'create', measure: measureCreate },
  { id: 'config-cpu', measure: measureConfigAdmission },
  { id: 'deliveries', measure: measureDeliveries },
  { id: 'masking', measure: measureMasking },
  { id: 'shipper-memory', measure: measureShipper },
  { id: 'step-gap', measure: measureStepGap },
  { id: 'roles', measure: measureRoles },
]
