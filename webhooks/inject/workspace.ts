import { podNames, podPaths } from '../../crds/labels.ts'
import type { Container, Volume, VolumeMount } from '../../src/lib/kubernetes.ts'
import type { Injection, InjectionFacts } from './injection.ts'
import { changeContainer, placeMount, placeVolume } from './place.ts'

/** Folder of a shared volume that steps see; beside it the clones keep what no step may see. */
export const sharedFolder = 'work'

type Claimed = Pick<InjectionFacts, 'workspaceClaim'>

/** The folder a step works in, where the repository is cloned to. A user's own Job gets it only together with a clone. */
export const workspace: Injection = {
  id: 'workspace',
  version: 2,
  appliesTo: (_template, { jobType, clone }) => jobType === 'step' || clone !== undefined,
  apply: (template, facts) =>
    changeContainer(placeVolume(template, renderVolume(facts)), facts.stepContainer, (container) =>
      placeWorkspace(container, facts),
    ),
}

function renderVolume({ workspaceClaim }: Claimed): Volume {
  const name = podNames.workspaceVolume
  return workspaceClaim === undefined
    ? { name, emptyDir: {} }
    : { name, persistentVolumeClaim: { claimName: workspaceClaim } }
}

function toStepMount({ workspaceClaim }: Claimed): VolumeMount {
  const mount = { name: podNames.workspaceVolume, mountPath: podPaths.workspace }
  return workspaceClaim === undefined ? mount : { ...mount, subPath: sharedFolder }
}

/** The clone sees the whole of a shared volume. */
export function toCloneMount({ workspaceClaim }: Claimed): VolumeMount {
  const mountPath = workspaceClaim === undefined ? podPaths.workspace : podPaths.volume
  return { name: podNames.workspaceVolume, mountPath }
}

function placeWorkspace(container: Container, facts: InjectionFacts): Container {
  const mounted = placeMount(container, toStepMount(facts))
  const keepsOwn = facts.jobType === 'own' && container.workingDir !== undefined && container.workingDir !== ''
  return keepsOwn ? mounted : { ...mounted, workingDir: podPaths.workspace }
}
