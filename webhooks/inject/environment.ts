import type { Injection } from './injection.ts'
import { changeContainer, placeEnvironment } from './place.ts'

/** What describes the run, then the step's own variables, which rule where both name one. */
export const environment: Injection = {
  id: 'environment',
  version: 1,
  appliesTo: () => true,
  apply: (template, { stepContainer, environment: described, stepEnvironment }) => {
    const own = new Set(stepEnvironment.map(({ name }) => name))
    const added = [...described.filter(({ name }) => !own.has(name)), ...stepEnvironment]
    return changeContainer(template, stepContainer, (container) => placeEnvironment(container, added, 'first'))
  },
}
