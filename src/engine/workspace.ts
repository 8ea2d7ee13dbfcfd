import type { PipelineRun } from '../../crds/kinds.ts'
import { apiVersion, labels } from '../../crds/labels.ts'
import { nameWorkspace, toLabelValue } from '../../crds/names.ts'
import type { Workspace } from '../../crds/parts/placement.ts'
import type { KubeObject } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import type { RunPlan } from './run-plan.ts'
import type { StepState } from './step/step-state.ts'

/** What is about to happen to a run. */
export interface RunMoment {
  /** Jobs are to be created, and none of the run has had a pod yet. */
  readonly isStarting: boolean
  /** The run has come to its end. */
  readonly isOver: boolean
}

/**
 * The claim of the volume that all steps of the run share: made before the first Job that needs it, so that a run which
 * waits holds no volume, and removed with the run's end. The run owns it, so that it goes with a run that is deleted.
 * One that somebody deletes later is not made again: the steps to come would find an empty volume, and might end well.
 */
export function planWorkspace(run: PipelineRun, moment: RunMoment): Pick<RunPlan, 'companions' | 'removals'> {
  const workspace = run.spec.plan?.workspace
  if (workspace === undefined) return { companions: [], removals: [] }
  const type = resourceTypes.persistentVolumeClaim
  return {
    companions: moment.isStarting ? [{ type, object: renderClaim(run, workspace) }] : [],
    removals: moment.isOver ? [{ type, name: nameClaim(run) }] : [],
  }
}

/** Whether a pod of this run has been there for the step. One that was taken over had its pods in another run. */
export function hasHadPod({ step, run, podName, attempts = [] }: StepState): boolean {
  return step.pipeline === undefined && run === undefined && (podName !== undefined || attempts.length > 0)
}

function nameClaim({ metadata: { name = '', uid = '' } }: PipelineRun): string {
  return nameWorkspace({ run: name, runUid: uid })
}

/** A volume claim as it is created. */
interface VolumeClaim extends KubeObject {
  readonly spec: {
    readonly accessModes: readonly string[]
    readonly storageClassName?: string
    readonly resources: { readonly requests: { readonly storage: string } }
  }
}

export function renderClaim(run: PipelineRun, workspace: Workspace): VolumeClaim {
  const { name = '', namespace = '', uid = '' } = run.metadata
  const { size, storageClassName, accessMode = 'ReadWriteOnce' } = workspace
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: nameClaim(run),
      namespace,
      labels: {
        [labels.partOf]: 'c8s',
        [labels.managedBy]: 'c8s',
        [labels.run]: toLabelValue(name),
        [labels.runUid]: uid,
      },
      ownerReferences: [{ apiVersion, kind: 'PipelineRun', name, uid, controller: true, blockOwnerDeletion: true }],
    },
    spec: {
      accessModes: [accessMode],
      ...(storageClassName === undefined ? {} : { storageClassName }),
      resources: { requests: { storage: size } },
    },
  }
}
