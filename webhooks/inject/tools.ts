import { podNames, podPaths } from '../../crds/labels.ts'
import type { VolumeMount } from '../../src/lib/kubernetes.ts'
import type { Injection } from './injection.ts'
import { changeContainer, placeMount, placeVolume } from './place.ts'

export const toolsMount: VolumeMount = { name: podNames.toolsVolume, mountPath: podPaths.tools }

/** The shared volume of busybox, the step driver and the log FIFO, so that a step's image needs none of them. */
export const tools: Injection = {
  id: 'tools',
  version: 1,
  appliesTo: () => true,
  apply: (template, { stepContainer }) =>
    changeContainer(placeVolume(template, { name: podNames.toolsVolume, emptyDir: {} }), stepContainer, (container) =>
      placeMount(container, toolsMount),
    ),
}
