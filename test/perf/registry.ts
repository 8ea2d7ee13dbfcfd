import { measureConfigAdmission } from './admission-cpu.ts'
import { measureCreate } from './admission-create.ts'
import type { Bench } from './bench-cluster.ts'
import { measureDeliveries } from './deliveries.ts'
import { measureFootprint } from './footprint.ts'
import { measureHistory } from './history.ts'
import { measureLargeRun } from './large-run.ts'
import { measureMasking } from './masking.ts'
import { measureMatrix } from './matrix.ts'
import type { Row } from './measurement.ts'
import { measureRoles, measureShipper } from './process-memory.ts'
import { measureChain, measureOneStep, measureParallel } from './run-times.ts'
import { measureCrowdedGap, measureScale } from './scale.ts'
import { measureSplitTests } from './split-tests.ts'
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
  { id: 'matrix', measure: measureMatrix },
  { id: 'split-tests', measure: measureSplitTests },
  { id: 'create', measure: measureCreate },
  { id: 'config-cpu', measure: measureConfigAdmission },
  { id: 'deliveries', measure: measureDeliveries },
  { id: 'masking', measure: measureMasking },
  { id: 'shipper-memory', measure: measureShipper },
  { id: 'step-gap', measure: measureStepGap },
  { id: 'crowded-gap', measure: measureCrowdedGap },
  { id: 'footprint', measure: measureFootprint },
  { id: 'large-run', measure: measureLargeRun },
  { id: 'roles', measure: measureRoles },
  { id: 'scale', measure: measureScale },
  { id: 'history', measure: measureHistory },
]
