import type { PipelineRun } from '../../../crds/kinds.ts'
import { apiVersion, labels } from '../../../crds/labels.ts'
import { nameJob, toLabelValue } from '../../../crds/names.ts'
import type { ObjectMeta } from '../../lib/kubernetes.ts'

export interface AttemptOf {
  readonly run: PipelineRun
  readonly step: string
  /** From 1. */
  readonly attempt: number
}

/** Labels of a step's Job and of its pod. Only these: GitOps tracking labels of the run must not reach its children. */
export function renderLabels({ run, step, attempt }: AttemptOf): Readonly<Record<string, string>> {
  return {
    [labels.partOf]: 'c8s',
    [labels.managedBy]: 'c8s',
    [labels.jobType]: 'step',
    [labels.run]: toLabelValue(run.metadata.name ?? ''),
    [labels.runUid]: run.metadata.uid ?? '',
    [labels.step]: toLabelValue(step),
    [labels.attempt]: String(attempt),
  }
}

function renderQueue({ spec }: PipelineRun): Readonly<Record<string, string>> {
  const queue = spec.plan?.queueName
  return queue === undefined ? {} : { [labels.kueueQueue]: queue }
}

/** Name, labels and owner of a step's Job. The name is a function of run uid, step and attempt, so a second create of the same attempt fails. */
export function renderMetadata(of: AttemptOf): ObjectMeta {
  const { name = '', namespace = '', uid = '' } = of.run.metadata
  return {
    name: nameJob({ run: name, runUid: uid, step: of.step, attempt: of.attempt }),
    namespace,
    labels: { ...renderLabels(of), ...renderQueue(of.run) },
    ownerReferences: [{ apiVersion, kind: 'PipelineRun', name, uid, controller: true, blockOwnerDeletion: true }],
  }
}
