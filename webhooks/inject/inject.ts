import { annotations } from '../../crds/labels.ts'
import type { PodTemplate } from '../../src/lib/kubernetes.ts'
import { freezeDeep } from '../json.ts'
import type { Injection, InjectionFacts } from './injection.ts'
import { injections } from './registry.ts'

/** The full pod template of a bare one. What was there stays; a second application changes nothing. */
export function injectTemplate(template: PodTemplate, facts: InjectionFacts): PodTemplate {
  const chosen = injections.filter((injection) => injection.appliesTo(template, facts))
  const start = freezeDeep(template)
  const full = chosen.reduce((partial, injection) => injection.apply(partial, facts), start)
  return markInjected(full, chosen)
}

function markInjected(template: PodTemplate, chosen: readonly Injection[]): PodTemplate {
  const marks = chosen.map(({ id, version }) => `${id}@${version}`).join(',')
  const { metadata = {} } = template
  return {
    ...template,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [annotations.injected]: marks } },
  }
}
