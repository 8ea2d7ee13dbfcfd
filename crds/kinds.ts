import type { KubeObject } from '../src/lib/kubernetes.ts'
import type { PipelineConfigStatus, PipelineSpec } from './pipeline-config.ts'
import type { PipelineRunSpec, PipelineRunStatus } from './pipeline-run.ts'
import type { RepositoryConnectionSpec, RepositoryConnectionStatus } from './repository-connection.ts'

export interface PipelineConfig extends KubeObject {
  readonly spec: PipelineSpec
  readonly status?: PipelineConfigStatus
}

export interface PipelineRun extends KubeObject {
  readonly spec: PipelineRunSpec
  readonly status?: PipelineRunStatus
}

export interface RepositoryConnection extends KubeObject {
  readonly spec: RepositoryConnectionSpec
  readonly status?: RepositoryConnectionStatus
}
