import type { PipelineRun } from '../../crds/kinds.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import { listMainSteps, type PlannedStep } from '../../crds/planned-steps.ts'
import { isMeantToRun } from '../../src/engine/approval.ts'
import { measurePlanned } from '../../src/engine/queue/planned.ts'
import { countsSteps } from '../../src/engine/queue/quota-scope.ts'
import type { FieldError } from '../../src/lib/field-error.ts'
import type { ResourceQuota } from '../../src/lib/kubernetes.ts'
import { formatQuantity, parseQuantity, type Quantity } from '../../src/lib/quantity.ts'
import type { Facts } from '../facts.ts'

/**
 * In a namespace that takes no run which would have to wait: the steps that a run begins with must have room now, all
 * together. What is used is as the API server last told, so two runs at once may both be let in; then one of them waits.
 */
export function refuseWaiting(run: PipelineRun, at: string, { queueing, quotas = [] }: Facts): readonly FieldError[] {
  const { plan } = run.spec
  if (queueing?.rejects !== true || plan === undefined || plan.queueName !== undefined) return []
  const demands = listFirst(plan, run).map(measurePlanned)
  const sum = (name: string) => demands.reduce((total, demand) => total + (demand.get(name) ?? 0n), 0n)
  return quotas
    .filter((quota) => countsSteps(quota, plan.priority?.className))
    .flatMap((quota) => findExcess(quota, sum))
    .slice(0, 1)
    .map((message) => ({ path: at, code: 'QuotaExceeded', message, hint }))
}

const hint = 'create the run again when others have ended: the namespace takes none that has to wait'

/** What has a pod of its own and waits for nothing else; of the legs of a step as many as may run at once. */
function listFirst(plan: Plan, run: PipelineRun): readonly PlannedStep[] {
  const main = listMainSteps(plan)
  const reused = new Set(plan.reused?.map(({ step }) => step))
  const isDone = (step: PlannedStep) => reused.has(step.name) || !isMeantToRun(step, run)
  const done = new Set(main.filter(isDone).map(({ name }) => name))
  const first = main.filter((step) => {
    const { dependsOn = [], approval, pipeline, image, name } = step
    const hasPod = image !== undefined && pipeline === undefined && !done.has(name)
    return hasPod && approval === undefined && dependsOn.every((need) => done.has(need))
  })
  const steps = Map.groupBy(first, ({ of, name }) => of ?? name)
  return [...steps.values()].flatMap((legs) => legs.slice(0, legs[0]?.matrix?.maxParallel))
}

function findExcess({ metadata, spec, status }: ResourceQuota, sum: (name: string) => Quantity): readonly string[] {
  return Object.entries(status?.hard ?? spec?.hard ?? {}).flatMap(([name, hard]) => {
    const asked = sum(name)
    const used = parseQuantity(status?.used?.[name] ?? '0') ?? 0n
    const most = parseQuantity(hard)
    if (asked === 0n || most === undefined || asked <= most - used) return []
    const style = name.endsWith('memory') ? 'binary' : 'decimal'
    const what = formatQuantity(asked, style)
    return [
      `its first steps ask for ${what} of ${name} together, and ResourceQuota "${metadata.name ?? ''}" has ${formatQuantity(used, style)} of ${hard} in use`,
    ]
  })
}
