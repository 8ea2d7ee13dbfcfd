import { podNames, podPaths } from '../../crds/labels.ts'
import type { Container, VolumeMount } from '../../src/lib/kubernetes.ts'
import type { Injection, InjectionFacts } from './injection.ts'
import { changeContainer, placeMount, placeVolume } from './place.ts'

export const workspaceMount: VolumeMount = { name: podNames.workspaceVolume, mountPath: podPaths.workspace }

/** The folder a step works in, where the repository is cloned to. A user's own Job gets it only together with a clone. */
export const workspace: Injection = {
  id: 'workspace',
  version: 1,
  appliesTo: (_template, { jobType, clone }) => jobType === 'step' || clone !== undefined,
  apply: (template, facts) =>
    changeContainer(
      placeVolume(template, { name: podNames.workspaceVolume, emptyDir: {} }),
      facts.stepContainer,
      (container) => placeWorkspace(container, facts),
    ),
}

function placeWorkspace(container: Container, { jobType }: InjectionFacts): Container {
  const mounted = placeMount(container, workspaceMount)
  const keepsOwn = jobType === 'own' && container.workingDir !== undefined && container.workingDir !== ''
  return keepsOwn ? mounted : { ...mounted, workingDir: podPaths.workspace }
}
