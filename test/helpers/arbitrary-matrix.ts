import * as fc from 'fast-check'
import type { Matrix } from '../../crds/parts/matrix.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import { freezePlan } from '../../crds/plan.ts'
import { arbitraryPlan } from './arbitrary-run.ts'

const values = (...all: readonly string[]) => fc.subarray([...all], { minLength: 1 })
const limits = { maxParallel: fc.integer({ min: 1, max: 3 }), failFast: fc.boolean() }
const own = fc.record<Matrix>(
  { dimensions: fc.record({ os: values('a', 'b', 'c', 'd') }), ...limits },
  { requiredKeys: ['dimensions'] },
)
const around = fc.record<Matrix>(
  { dimensions: fc.record({ node: values('22', '24') }), ...limits },
  { requiredKeys: ['dimensions'] },
)

/** A plan of which steps, or all of it, have a matrix. */
export const arbitraryMatrixPlan: fc.Arbitrary<Plan> = fc
  .record({
    plan: arbitraryPlan,
    matrices: fc.array(fc.option(own, { nil: undefined }), { minLength: 8, maxLength: 8 }),
    matrix: fc.option(around, { nil: undefined, freq: 2 }),
  })
  .map(({ plan, matrices, matrix }) => {
    const give = <T extends Plan['steps'][number]>(step: T, index: number): T => {
      const found = matrices[index]
      return found === undefined ? step : { ...step, matrix: found }
    }
    const { repository, steps, finally: last } = plan
    const spec = {
      repository,
      steps: steps.map(give),
      ...(last === undefined ? {} : { finally: last.map((step, index) => give(step, index + 6)) }),
      ...(matrix === undefined ? {} : { matrix }),
    }
    return { ...freezePlan(spec), timeoutSeconds: plan.timeoutSeconds }
  })
