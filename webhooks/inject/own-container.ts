import { c8sUser } from '../../crds/labels.ts'
import type { Container } from '../../src/lib/kubernetes.ts'
import { fitContainer } from '../../src/lib/limit-range.ts'
import type { InjectionFacts } from './injection.ts'

/** Meets the Pod Security level `restricted`, whatever the namespace enforces. */
const restrictedContext = {
  runAsUser: c8sUser,
  runAsGroup: c8sUser,
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
} as const

/** What c8s's own containers in a step's pod have alike. */
export function renderOwnContainer(facts: InjectionFacts, container: Omit<Container, 'image'>): Container {
  const { resources } = container
  return {
    image: facts.image,
    imagePullPolicy: 'IfNotPresent',
    ...container,
    ...(resources === undefined ? {} : { resources: fitContainer(resources, facts.limitRanges ?? []) }),
    securityContext: restrictedContext,
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  }
}

/** A tool of the agent. Small heaps: both tools stream, and their memory counts against the team's quota. */
export function toAgentCommand(tool: 'clone' | 'ship'): readonly string[] {
  return [
    '/usr/local/bin/node',
    '--max-semi-space-size=1',
    '--max-old-space-size=48',
    '--single-threaded',
    '/app/agent.mjs',
    tool,
  ]
}
