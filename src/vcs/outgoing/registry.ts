import type { Provider } from '../../lib/forge-event.ts'
import { bitbucket } from './bitbucket.ts'
import { gitea } from './gitea.ts'
import { github } from './github.ts'
import { gitlab } from './gitlab.ts'
import type { Outgoing } from './outgoing.ts'

/** Forges with an API; generic has none. */
export const outgoing: Readonly<Record<Exclude<Provider, 'generic'>, Outgoing>> = Object.freeze({
  bitbucket,
  gitea,
  github,
  gitlab,
})
