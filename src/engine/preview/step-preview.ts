import { resolveResources, resolveTimeout } from '../../../crds/defaults.ts'
import type { PipelineRun } from '../../../crds/kinds.ts'
import type { ApprovalGate } from '../../../crds/parts/gates.ts'
import type { PlannedStep } from '../../../crds/planned-steps.ts'
import { judgeCondition } from '../condition/judge-condition.ts'
import type { Amounts } from '../queue/demand.ts'
import { measurePlanned } from '../queue/planned.ts'

/** One step, or leg of a matrix, as it would be carried out. */
export interface StepPreview {
  readonly name: string
  /** The step that it is a leg of. */
  readonly of?: string | undefined
  readonly needs: readonly string[]
  readonly isFinal: boolean
  /** Why it would not run. */
  readonly skipped?: string | undefined
  /** Whether it runs depends on how other steps end. */
  readonly isOpen: boolean
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
  const { name, of, approval, dependsOn = [], secrets = [], retries, pipeline } = step
  const reusedFrom = run.spec.plan?.reused?.find((each) => each.step === name)?.run
  const condition = judgeCondition(step, run)
  const skipped = condition.kind === 'unmet' ? condition.message : undefined
  return {
    name,
    of,
    needs: dependsOn,
    isFinal,
    skipped,
    isOpen: condition.kind === 'open',
    reusedFrom,
    timeoutSeconds: resolveTimeout(step),
    attempts: 1 + (retries?.limit ?? 0),
    secrets: [...new Set(secrets.map(({ secretRef }) => secretRef))].sort(),
    approval,
    calls: pipeline?.configRef,
    ...describePod(step, skipped === undefined && reusedFrom === undefined),
  }
}

function describePod(
  step: PlannedStep,
  isMade: boolean,
): Pick<StepPreview, 'image' | 'requests' | 'services' | 'amounts'> {
  const { image, services = [] } = step
  if (image === undefined) return { services: [], amounts: nothing }
  return {
    image,
    requests: resolveResources(step).requests,
    services: services.map((service) => `${service.name} (${service.image})`),
    amounts: isMade ? measurePlanned(step) : nothing,
  }
}

const nothing: Amounts = new Map()
