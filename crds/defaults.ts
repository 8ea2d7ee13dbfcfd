import { parseDuration } from '../src/lib/duration.ts'
import { compareQuantities } from '../src/lib/quantity.ts'
import type { Step } from './parts/step.ts'
import type { PipelineSpec } from './pipeline-config.ts'

/** What holds where a field is left out. Filled in when a plan is frozen, never by the schema: see docs/adr. */
export const defaults = {
  cpu: '500m',
  memory: '1Gi',
  stepTimeout: '30m',
  runTimeout: '1h',
  /** Commits of history. */
  cloneDepth: 1,
} as const

const kibibyte = 1024

/** What Linux, etcd and c8s itself can carry. */
export const limits = {
  /** Of all steps of a run together: status keeps about 250 bytes of each earlier attempt. */
  retries: 1000,
  /** One week, in seconds. */
  durationSeconds: 7 * 24 * 3600,
  /**
   * Commands of one step in bytes, together. They reach the step as arguments; Linux takes 128 KiB for one argument
   * (MAX_ARG_STRLEN), and each `$` is doubled and each command echoed on the way.
   */
  commandBytes: 96 * kibibyte,
  /** One `NAME=value`, in bytes: MAX_ARG_STRLEN less its end mark. */
  variableBytes: 128 * kibibyte - 1,
  /** All variables of one step; with the commands well under the 2 MiB that exec takes with an 8 MiB stack. */
  environmentBytes: 512 * kibibyte,
  /**
   * A pipeline as JSON. A run with an inline pipeline holds it twice, beside its status, in the 1.5 MiB of one etcd
   * request.
   */
  pipelineBytes: 400 * kibibyte,
  /** Least memory in which a container starts at all. */
  leastMemory: '4Mi',
  /** Combinations of a matrix, and legs of a step with those of the pipeline's matrix. */
  matrixCombinations: 256,
  /** The legs of a run as JSON, which are in its plan beside the pipeline. */
  legBytes: 192 * kibibyte,
  /** Values of a run's params together; they are in its spec and in its plan. */
  paramBytes: 64 * kibibyte,
  /** What params and matrix are filled in in, over all legs of a run: as much is held in memory while it runs. */
  filledBytes: 4 * 1024 * kibibyte,
} as const

export interface ResolvedResources {
  readonly requests: { readonly cpu: string; readonly memory: string }
  readonly limits: { readonly cpu: string; readonly memory: string }
}

/** Requests and limits of a step. A lone limit below the default request lowers the request, as Kubernetes does. */
export function resolveResources({ resources = {} }: Pick<Step, 'resources'>): ResolvedResources {
  const cpu = resources.cpu ?? smaller(defaults.cpu, resources.cpuLimit)
  const memory = resources.memory ?? smaller(defaults.memory, resources.memoryLimit)
  return {
    requests: { cpu, memory },
    limits: { cpu: resources.cpuLimit ?? cpu, memory: resources.memoryLimit ?? memory },
  }
}

/** Seconds that a step may take. */
export function resolveTimeout({ timeout }: Pick<Step, 'timeout'>): number {
  return toSeconds(timeout, defaults.stepTimeout)
}

/** Seconds that a run of the pipeline may take. */
export function resolveRunTimeout({ timeout }: Pick<PipelineSpec, 'timeout'>): number {
  return toSeconds(timeout, defaults.runTimeout)
}

function toSeconds(timeout: string | undefined, otherwise: string): number {
  return parseDuration(timeout ?? otherwise) ?? parseDuration(otherwise) ?? 0
}

function smaller(usual: string, limit: string | undefined): string {
  if (limit === undefined) return usual
  return (compareQuantities(limit, usual) ?? 0) < 0 ? limit : usual
}
