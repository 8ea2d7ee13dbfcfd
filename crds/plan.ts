import { defaults, resolveResources, resolveRunTimeout } from './defaults.ts'
import { type Combination, expandMatrices } from './expand-matrix.ts'
import { toLabelValue } from './names.ts'
import type { RunEvent } from './parts/event.ts'
import type { Leg, Matrix } from './parts/matrix.ts'
import type { PlanStep, Step } from './parts/step.ts'
import type { PipelineSpec } from './pipeline-config.ts'
import type { Plan } from './pipeline-run.ts'
import { sealPlan } from './plan-hash.ts'
import { resolveParams } from './resolve-params.ts'
import { fillGroup } from './rules/concurrency.ts'
import { fillService } from './service-defaults.ts'
import { judgeTrust } from './trust.ts'

/** What a run says of itself that its plan depends on. */
export interface RunIdentity {
  /** Stands for a pipeline that has no name of its own. */
  readonly name: string
  readonly commit: string
  readonly branch?: string
  readonly tag?: string
  readonly event?: RunEvent
  /** What the run gives for params. */
  readonly params?: Readonly<Record<string, string>>
  /** The one combination of the pipeline's matrix that the run is for. */
  readonly matrixIndex?: Combination
}

/** Where a plan comes from and how its repository is reached. */
export interface PlanOrigin {
  /** The PipelineConfig; absent for a pipeline that the run carries itself. */
  readonly source?: NonNullable<Plan['source']>
  /** The RepositoryConnection whose credential the clone uses. */
  readonly connection?: string
  readonly authSecretRef?: string
  /** The run; without it the plan has no concurrency group, and its commit is trusted. */
  readonly run?: RunIdentity
}

/**
 * The pipeline as a run will execute it: defaults filled in, nothing else changed. A run keeps it for good, so a later
 * edit of the config, or of a default in a newer c8s, touches later runs only.
 */
export function freezePlan(spec: PipelineSpec, origin: PlanOrigin = {}): Plan {
  const { source, run } = origin
  const untrusted = judgeTrust(run?.event, spec.branches)
  const concurrency = toConcurrency(spec, origin)
  return sealPlan({
    ...(source === undefined ? {} : { source }),
    repository: spec.repository,
    ...(spec.branches === undefined ? {} : { branches: spec.branches }),
    ...freezeSteps(spec, run),
    timeoutSeconds: resolveRunTimeout(spec),
    clone: toClone(spec, origin),
    ...(spec.workspace === undefined ? {} : { workspace: spec.workspace }),
    // Of a config the controller reads what it says now; what a file says is known only from its runs.
    ...(spec.history === undefined || source !== undefined ? {} : { history: spec.history }),
    ...(spec.queueName === undefined ? {} : { queueName: spec.queueName }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(untrusted === undefined ? {} : { untrusted }),
  })
}

/** The steps with their legs, and what is filled in in them when they are carried out. */
function freezeSteps(
  spec: PipelineSpec,
  run: RunIdentity | undefined,
): Pick<Plan, 'steps' | 'finally' | 'params' | 'matrixDimensions'> {
  const { steps, finally: last, matrix, params } = spec
  const legs = expandMatrices(spec, run?.matrixIndex)
  return {
    steps: steps.map((step) => addLegs(fillStep(step), legs.get(step.name), matrix)),
    ...(last === undefined ? {} : { finally: last.map((step) => addLegs(fillStep(step), legs.get(step.name))) }),
    ...(params === undefined ? {} : { params: resolveParams(params, run?.params) }),
    ...(matrix === undefined ? {} : { matrixDimensions: Object.keys(matrix.dimensions ?? {}).toSorted() }),
  }
}

function toClone({ clone }: PipelineSpec, { connection, authSecretRef }: PlanOrigin): Plan['clone'] {
  return {
    depth: clone?.depth ?? defaults.cloneDepth,
    submodules: clone?.submodules ?? false,
    ...(connection === undefined ? {} : { connection }),
    ...(authSecretRef === undefined ? {} : { authSecretRef }),
  }
}

/** Longest name of a group, in characters; names of branches may be long, and be filled in often. */
const longestGroup = 1024

function toConcurrency({ concurrency }: PipelineSpec, { source, run }: PlanOrigin): Plan['concurrency'] {
  if (concurrency === undefined || run === undefined) return undefined
  const { group = '{pipeline}-{branch}', cancelInProgress = false } = concurrency
  const filled = fillGroup(group, {
    pipeline: run.event?.pipeline ?? source?.name ?? run.name,
    branch: nameBranch(run),
    event: run.event?.type ?? 'manual',
  })
  return { group: fitGroup(filled), cancelInProgress }
}

/** What stands for the branch of a run that has none; a run of a commit alone shares its group with no other commit. */
function nameBranch({ branch, tag, commit, event }: RunIdentity): string {
  const number = event?.pullRequest?.number
  return branch ?? tag ?? (number === undefined ? commit : `pull-request-${number}`)
}

/** Two long names that differ at their ends stay two. */
function fitGroup(group: string): string {
  const characters = [...group]
  if (characters.length <= longestGroup) return group
  return `${characters.slice(0, longestGroup - 64).join('')}-${toLabelValue(group)}`
}

/** A step with every default written out; filling a filled step changes nothing. */
export function fillStep(step: Step): Step {
  // Nothing of a pod is filled in where there is none: an approval alone, a call.
  if (step.image === undefined && step.commands === undefined) return step
  const { requests } = resolveResources(step)
  return {
    ...step,
    resources: { ...step.resources, ...requests },
    timeout: step.timeout ?? defaults.stepTimeout,
    clone: step.clone ?? true,
    ...(step.services === undefined ? {} : { services: step.services.map(fillService) }),
  }
}

/** The legs take the place of what they were made from; of the matrix only how they may run stays, the step's own word first. */
function addLegs(step: Step, legs: readonly Leg[] | undefined, around?: Matrix): PlanStep {
  if (legs === undefined) return step
  const { matrix, ...rest } = step
  const maxParallel = matrix?.maxParallel ?? around?.maxParallel
  const failFast = matrix?.failFast ?? around?.failFast
  const limits = {
    ...(maxParallel === undefined ? {} : { maxParallel }),
    ...(failFast === undefined ? {} : { failFast }),
  }
  return { ...rest, ...(Object.keys(limits).length === 0 ? {} : { matrix: limits }), legs: [...legs] }
}
