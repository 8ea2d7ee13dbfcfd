import { podNames } from '../../../crds/labels.ts'
import type { Step } from '../../../crds/parts/step.ts'
import type { PodTemplate } from '../../lib/kubernetes.ts'
import { toArguments } from './arguments.ts'

/** One container with the plan's image and commands; clone, shipper, secrets and limits come at admission. */
export function renderTemplate(step: Step, labels: Readonly<Record<string, string>>): PodTemplate {
  return {
    metadata: { labels },
    spec: {
      restartPolicy: 'Never',
      containers: [{ name: podNames.stepContainer, image: step.image ?? '', args: toArguments(step.commands ?? []) }],
    },
  }
}
