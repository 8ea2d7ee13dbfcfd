import type { PodTemplate } from '../../src/lib/kubernetes.ts'
import { freezeDeep } from '../json.ts'
import type { InjectionFacts } from './injection.ts'
import { markInjected } from './marks.ts'
import { injections } from './registry.ts'

/** The full pod template of a bare one. What was there stays; a second application changes nothing. */
export function injectTemplate(template: PodTemplate, facts: InjectionFacts): PodTemplate {
  const chosen = injections.filter((injection) => injection.appliesTo(template, facts))
  const start = freezeDeep(template)
  const full = chosen.reduce((partial, injection) => injection.apply(partial, facts), start)
  return markInjected(full, chosen, facts.image)
}
