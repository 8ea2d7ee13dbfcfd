import type { Injection } from './injection.ts'
import { changeSpec } from './place.ts'

/** The PriorityClass of the run: Kubernetes goes by it where nodes have no room. */
export const priority: Injection = {
  id: 'priority',
  version: 1,
  appliesTo: (_template, { priorityClassName }) => priorityClassName !== undefined,
  apply: (template, { priorityClassName = '' }) => changeSpec(template, { priorityClassName }),
}
