import type { PipelineConfig } from '../../crds/kinds.ts'
import { controllerUser, serverUser, systemNamespace } from '../../crds/labels.ts'
import { type RunEvent, runEvent } from '../../crds/parts/event.ts'
import type { PipelineSpec } from '../../crds/pipeline-config.ts'
import type { RunIdentity } from '../../crds/plan.ts'
import { repairValue } from '../../crds/repair.ts'
import { toNode } from '../../crds/schema.ts'
import type { UserInfo } from '../../src/lib/kubernetes.ts'
import type { Facts } from '../facts.ts'
import { isRecord, type JsonRecord, pickText, toRecord, toText, toTexts } from '../json.ts'
import type { AdmissionRequest } from '../request.ts'
import { isFreezable } from '../validate/pipeline-parts.ts'

/** What a run runs, as far as it can be found. */
export interface RunSource {
  readonly pipeline: PipelineSpec
  /** Absent for a pipeline that the run carries itself. */
  readonly config?: PipelineConfig
  /** What the run was made from, where c8s itself made it: then a pipeline without a config is from a file of the commit. */
  readonly event?: RunEvent
}

export function readSpec({ object }: AdmissionRequest): JsonRecord {
  return toRecord(toRecord(object)['spec'])
}

/** Undefined also for a run that is made only to tell why nothing can run. */
export function findRunSource(request: AdmissionRequest, facts: Facts): RunSource | undefined {
  const { pipelineConfigRef, pipelineSpec, rejected } = readSpec(request)
  if (rejected !== undefined) return undefined
  const event = findEvent(request)
  const made = event === undefined ? {} : { event }
  if (pipelineConfigRef === undefined) {
    return isFreezable(pipelineSpec) ? { pipeline: pipelineSpec as PipelineSpec, ...made } : undefined
  }
  const config = facts.configs.get(toText(pipelineConfigRef) ?? '')
  return config === undefined || !isFreezable(config.spec) ? undefined : { pipeline: config.spec, config, ...made }
}

/** c8s itself: what tells of events, and may say on whose behalf. */
export function isOwnAccount({ username }: UserInfo): boolean {
  return username === serverUser || username === controllerUser
}

/** Any account of c8s: none of them is a person. */
export function isSystemAccount({ username }: UserInfo): boolean {
  return username.startsWith(`system:serviceaccount:${systemNamespace}:`)
}

/**
 * The event of a new run, of the schema's shape whatever was sent. One that anybody but c8s sent counts for nothing: the
 * run is refused for it. That of a run that is run again is the earlier run's.
 */
export function findEvent(request: AdmissionRequest): RunEvent | undefined {
  const { event } = readSpec(request)
  if (!isRecord(event) || !(isOwnAccount(request.user) || request.isRerun === true)) return undefined
  return repairValue(event, toNode(runEvent)) as RunEvent
}

/** The run as its plan depends on it. A name that is still to be made from generateName stands for all it can become. */
export function toIdentity(request: AdmissionRequest): RunIdentity {
  const { name, generateName } = request.object?.metadata ?? {}
  const { commit, branch, tag, params, matrixIndex } = readSpec(request)
  const event = findEvent(request)
  return {
    name: toText(generateName)?.replace(/-+$/, '') ?? name ?? '',
    commit: toText(commit) ?? '',
    ...pickText('branch', branch),
    ...pickText('tag', tag),
    ...(params === undefined ? {} : { params: toTexts(params) }),
    ...(matrixIndex === undefined ? {} : { matrixIndex: toTexts(matrixIndex) }),
    ...(event === undefined ? {} : { event }),
  }
}
