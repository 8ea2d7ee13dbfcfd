import type { Injection } from './injection.ts'
import { changeContainer } from './place.ts'

/** The plan's requests and limits. A user's own Job keeps what it says. */
export const resources: Injection = {
  id: 'resources',
  version: 1,
  appliesTo: (_template, facts) => facts.resources !== undefined,
  apply: (template, { stepContainer, resources: wanted }) =>
    wanted === undefined
      ? template
      : changeContainer(template, stepContainer, (container) => ({ ...container, resources: wanted })),
}
