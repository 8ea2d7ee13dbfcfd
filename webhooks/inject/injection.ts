import type { JobType } from '../../crds/labels.ts'
import type { Service } from '../../crds/parts/services.ts'
import type { SecretUse } from '../../crds/parts/step.ts'
import type { Placement } from '../../crds/policy/placement.ts'
import type { CloneOptions } from '../../src/lib/agent-options.ts'
import type { EnvVar, PodTemplate, ResourceRequirements } from '../../src/lib/kubernetes.ts'
import type { LimitRange } from '../../src/lib/limit-range.ts'

/** Which checkout a pod gets. */
export interface CloneOrder {
  readonly options: CloneOptions
  /** Secret with the Git credential. */
  readonly authSecret?: string
}

/** All that injections know of a Job: made once from the frozen plan or from a user's own annotations. */
export interface InjectionFacts {
  readonly jobType: JobType
  /** Image of c8s's own containers. */
  readonly image: string
  /** Container that does the user's work. */
  readonly stepContainer: string
  /** Does the namespace enforce the restricted Pod Security level? */
  readonly restricted: boolean
  readonly labels: Readonly<Record<string, string>>
  /** What describes the run to a step, set by its driver; a variable of the same name in `stepEnvironment` or `secrets` rules. */
  readonly description?: Readonly<Record<string, string>>
  /** What else c8s gives; a variable of the same name in the container rules. */
  readonly environment: readonly EnvVar[]
  /** The step's own variables, as the plan has them. */
  readonly stepEnvironment: readonly EnvVar[]
  readonly secrets: readonly SecretUse[]
  /** Containers beside the step. */
  readonly services?: readonly Service[]
  /** Claim of the volume that all steps of the run share; absent where each step has a workspace of its own. */
  readonly workspaceClaim?: string
  readonly clone?: CloneOrder
  /** Absent for a user's own Job: it has what it says. */
  readonly resources?: ResourceRequirements
  readonly runAsUser?: number
  /** Whether kubelet is to refuse an image that would run as root. */
  readonly isNonRoot?: boolean
  readonly placement?: Placement
  readonly priorityClassName?: string
  /** What sizes of containers the namespace takes. */
  readonly limitRanges?: readonly LimitRange[]
  /** Absent: the step may run as long as it likes. */
  readonly timeoutSeconds?: number
}

/**
 * One thing that is added to a Job's pod. `apply` is pure, keeps what it does not change by reference, and changes
 * nothing when it is applied again.
 */
export interface Injection {
  /** The name of its file. */
  readonly id: string
  /** Raised when it adds something else; shown in the annotation `c8s.dev/injected`. */
  readonly version: number
  /** Ids that must come earlier in the registry. */
  readonly after?: readonly string[]
  appliesTo(template: PodTemplate, facts: InjectionFacts): boolean
  apply(template: PodTemplate, facts: InjectionFacts): PodTemplate
}
