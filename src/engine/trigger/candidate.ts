import type { Rejection } from '../../../crds/parts/event.ts'
import type { PipelineSpec } from '../../../crds/pipeline-config.ts'

/** A pipeline that an event may start. */
export interface Pipeline {
  readonly name: string
  /** File of the repository that it was read from; absent for a PipelineConfig of the cluster, whose name is its own. */
  readonly file?: string
  readonly spec: PipelineSpec
  /** Line of the file at a path such as steps[0].image. */
  readonly lineOf?: (path: string) => number
}

/** A pipeline that cannot run, which is to be shown and not passed over. */
export interface BrokenPipeline {
  readonly name: string
  readonly file?: string
  readonly rejection: Rejection
}

export type Candidate = Pipeline | BrokenPipeline

export function isBroken(candidate: Candidate): candidate is BrokenPipeline {
  return 'rejection' in candidate
}
