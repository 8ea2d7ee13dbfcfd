import type { PipelineRun } from '../../../crds/kinds.ts'
import { apiVersion, labels } from '../../../crds/labels.ts'
import { nameCall, toLabelValue } from '../../../crds/names.ts'
import type { PipelineCall } from '../../../crds/parts/gates.ts'
import type { PipelineRunSpec } from '../../../crds/pipeline-run.ts'
import type { PlannedStep } from '../../../crds/planned-steps.ts'
import { findFullCommit } from '../../../crds/trust.ts'
import type { CallCreation } from '../run-plan.ts'
import { omitUndefined } from '../status/rows.ts'

export interface CallOrder {
  readonly run: PipelineRun
  readonly step: PlannedStep
  /** From 1. */
  readonly attempt: number
}

/**
 * The run that a call is, where the step is one, as the controller creates it. What it runs at, and in whose name, admission copies from the
 * calling run, whatever is sent; it is sent all the same, so that the object says what it is.
 */
export function orderCall(order: CallOrder): readonly CallCreation[] {
  const { step, attempt } = order
  return step.pipeline === undefined ? [] : [{ step: step.name, attempt, run: renderCall(order, step.pipeline) }]
}

function renderCall({ run, step, attempt }: CallOrder, pipeline: PipelineCall): PipelineRun {
  const { name = '', namespace = '', uid = '' } = run.metadata
  const { commit, branch, tag } = run.spec
  const spec: PipelineRunSpec = omitUndefined({
    pipelineConfigRef: pipeline.configRef,
    commit: findFullCommit(run) ?? commit,
    branch,
    tag,
    params: pipeline.params,
    parent: { name, uid, step: step.name },
  })
  return {
    apiVersion,
    kind: 'PipelineRun',
    metadata: {
      name: nameCall({ run: name, runUid: uid, step: step.name, attempt }),
      namespace,
      labels: { [labels.partOf]: 'c8s', [labels.managedBy]: 'c8s', [labels.parent]: toLabelValue(name) },
      ownerReferences: [{ apiVersion, kind: 'PipelineRun', name, uid, controller: true, blockOwnerDeletion: true }],
    },
    spec,
  }
}
