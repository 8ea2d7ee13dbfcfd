import { resolveResources, resolveTimeout } from '../../../crds/defaults.ts'
import type { PipelineRun } from '../../../crds/kinds.ts'
import type { ApprovalGate } from '../../../crds/parts/gates.ts'
import type { PlannedStep } from '../../../crds/planned-steps.ts'
import { isMeantToRun } from '../approval.ts'
import { type Amounts, measureStep } from '../queue/demand.ts'

/** One step, or leg of a matrix, as it would be carried out. */
export interface StepPreview {
  readonly name: string
  /** The step that it is a leg of. */
  readonly of?: string | undefined
  readonly needs: readonly string[]
  readonly isFinal: boolean
  /** Why it would not run. */
  readonly skipped?: string | undefined
  /** The earlier run whose result would be taken over. */
  readonly reusedFrom?: string | undefined
  readonly image?: string | undefined
  /** The step's own request, without what c8s adds. */
  readonly requests?: { readonly cpu: string; readonly memory: string } | undefined
  readonly timeoutSeconds: number
  /** How often its commands run at most. */
  readonly attempts: number
  /** Names alone. */
  readonly secrets: readonly string[]
  readonly approval?: ApprovalGate | undefined
  /** Names and images of what runs beside it. */
  readonly services: readonly string[]
  /** The config that it would run. */
  readonly calls?: string | undefined
  /** What its pod asks for; nothing where it makes none. */
  readonly amounts: Amounts
}

/** Whether it makes a pod. */
export function makesPod({ skipped, reusedFrom, image }: StepPreview): boolean {
  return skipped === undefined && reusedFrom === undefined && image !== undefined
}

export function previewStep(run: PipelineRun, step: PlannedStep, isFinal: boolean): StepPreview {
  const { name, of, image, approval, dependsOn = [], secrets = [], retries, pipeline, services = [] } = step
  const reused = run.spec.plan?.reused?.find((each) => each.step === name)
  const isMeant = isMeantToRun(step, run)
  return {
    name,
    of,
    needs: dependsOn,
    isFinal,
    skipped: isMeant ? undefined : `runs only on branches that match ${step.conditional?.branch ?? ''}`,
    reusedFrom: reused?.run,
    image,
    requests: image === undefined ? undefined : resolveResources(step).requests,
    timeoutSeconds: resolveTimeout(step),
    attempts: 1 + (retries?.limit ?? 0),
    secrets: [...new Set(secrets.map(({ secretRef }) => secretRef))].sort(),
    approval,
    services: services.map((service) => `${service.name} (${service.image})`),
    calls: pipeline?.configRef,
    amounts: isMeant && reused === undefined && image !== undefined ? measurePlanned(step) : nothing,
  }
}

const nothing: Amounts = new Map()

/** Services run beside the step, in the same pod. */
function measurePlanned({ resources = {}, clone, services = [] }: PlannedStep): Amounts {
  const beside = services.map((service) => resolveResources(service))
  return measureStep({ resources, clones: clone !== false, beside })
}
