import { defaults, resolveResources, resolveRunTimeout } from './defaults.ts'
import type { Step } from './parts/step.ts'
import type { PipelineSpec } from './pipeline-config.ts'
import type { Plan } from './pipeline-run.ts'

/** Where a plan comes from and how its repository is reached. */
export interface PlanOrigin {
  /** The PipelineConfig; absent for a pipeline that the run carries itself. */
  readonly source?: NonNullable<Plan['source']>
  /** The RepositoryConnection whose credential the clone uses. */
  readonly connection?: string
  readonly authSecretRef?: string
}

/**
 * The pipeline as a run will execute it: defaults filled in, nothing else changed. A run keeps it for good, so a later
 * edit of the config, or of a default in a newer c8s, touches later runs only.
 */
export function freezePlan(spec: PipelineSpec, { source, connection, authSecretRef }: PlanOrigin = {}): Plan {
  return {
    ...(source === undefined ? {} : { source }),
    repository: spec.repository,
    ...(spec.branches === undefined ? {} : { branches: spec.branches }),
    steps: spec.steps.map(fillStep),
    ...(spec.finally === undefined ? {} : { finally: spec.finally.map(fillStep) }),
    timeoutSeconds: resolveRunTimeout(spec),
    clone: {
      depth: spec.clone?.depth ?? defaults.cloneDepth,
      submodules: spec.clone?.submodules ?? false,
      ...(connection === undefined ? {} : { connection }),
      ...(authSecretRef === undefined ? {} : { authSecretRef }),
    },
  }
}

/** A step with every default written out; filling a filled step changes nothing. */
export function fillStep(step: Step): Step {
  const { requests } = resolveResources(step)
  return {
    ...step,
    resources: { ...step.resources, ...requests },
    timeout: step.timeout ?? defaults.stepTimeout,
    clone: step.clone ?? true,
  }
}
