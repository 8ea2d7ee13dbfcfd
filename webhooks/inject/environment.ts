import { descriptionVariable } from '../../src/lib/agent-options.ts'
import type { EnvVar, PodTemplate } from '../../src/lib/kubernetes.ts'
import { toDriverOptions } from './driver-options.ts'
import type { Injection, InjectionFacts } from './injection.ts'
import { changeContainer, placeEnvironment, placeNamed, toLiteral } from './place.ts'
import { toSecretVariable } from './secret-env.ts'
import { toAssignments } from './shell-words.ts'

/** What describes the run, then the step's own variables, which rule where both name one. */
export const environment: Injection = {
  id: 'environment',
  version: 2,
  appliesTo: () => true,
  apply: (template, facts) => {
    const own = new Set(facts.stepEnvironment.map(({ name }) => name))
    const given = facts.environment.filter(({ name }) => !own.has(name))
    const added = [...given, ...facts.stepEnvironment]
    return changeContainer(template, facts.stepContainer, (container) => {
      const placed = placeEnvironment(container, added, 'first')
      const described = describe(template, facts, own)
      // The driver evaluates it, so it is ours in any case.
      return described === undefined ? placed : { ...placed, env: placeNamed(placed.env, described, 'first') }
    })
  },
}

/**
 * One variable for all that the driver sets: Kubernetes keeps a hundred bytes more of each in every Job and pod. What the step or
 * a Secret of it sets is left out, since the driver comes after them.
 */
function describe(template: PodTemplate, facts: InjectionFacts, own: ReadonlySet<string>): EnvVar | undefined {
  if (facts.description === undefined) return undefined
  const secret = new Set(facts.secrets.map(toSecretVariable))
  const described = Object.entries(facts.description).filter(([name]) => !own.has(name) && !secret.has(name))
  const values = { ...Object.fromEntries(described), ...toDriverOptions(template, facts) }
  return toLiteral(descriptionVariable, toAssignments(values))
}
