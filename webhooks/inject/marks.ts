import { annotations } from '../../crds/labels.ts'
import type { PodTemplate } from '../../src/lib/kubernetes.ts'
import type { Injection } from './injection.ts'

/** The image tells the version of c8s: another one does not know whether all is there. */
const markOf = (image: string) => `c8s@${image}`

/** Notes in the template what was injected, and by which c8s. */
export function markInjected(template: PodTemplate, chosen: readonly Injection[], image: string): PodTemplate {
  const marks = [...chosen.map(({ id, version }) => `${id}@${version}`), markOf(image)].join(',')
  const { metadata = {} } = template
  return {
    ...template,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [annotations.injected]: marks } },
  }
}

export function readMarks({ metadata }: PodTemplate): string | undefined {
  return metadata?.annotations?.[annotations.injected]
}

export function isCompletedBy(marks: string, image: string): boolean {
  return marks.split(',').includes(markOf(image))
}
